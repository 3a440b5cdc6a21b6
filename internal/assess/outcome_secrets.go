package assess

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// secretsByRights are the Secrets that the account can read, or have read by a path.
func (s *situation) secretsByRights() []api.Outcome {
	if why := s.withoutToken(); why != "" {
		return []api.Outcome{notPossible("secrets", "Secrets by rights", why)}
	}
	var out []api.Outcome
	direct := map[string]bool{}
	for _, p := range s.account.powers {
		if p.Kind != rbac.MayReadSecrets && p.Kind != rbac.MayDoEverything {
			continue
		}
		o := s.byPowers("secrets", secretsText(p), api.SeverityHigh, []rbac.Power{p})
		switch {
		case len(p.Names) > 0:
			o.Severity = api.SeverityMedium
		case p.Namespace == "":
			o.Severity = api.SeverityCritical
		}
		direct[p.Namespace] = direct[p.Namespace] || len(p.Names) == 0
		out = append(out, o)
	}
	for _, path := range s.paths(s.account.accountKey) {
		if ns := path.Goal.Namespace; path.Goal.Kind == rbac.GoalSecrets && !direct[ns] && !direct[""] {
			out = append(out, s.byPath("secrets", secretsText(rbac.Power{Namespace: ns}), api.SeverityHigh, path))
		}
	}
	switch {
	case len(out) > 0:
		return out
	case s.access.unknownRights():
		return []api.Outcome{s.unknownRight("secrets", "Secrets by rights", api.SeverityHigh)}
	}
	return []api.Outcome{notPossible("secrets", "Secrets by rights", "no right to get, list or watch Secrets")}
}

func secretsText(p rbac.Power) string {
	where := "of the cluster"
	if p.Namespace != "" {
		where = "of " + p.Namespace
	}
	if len(p.Names) > 0 {
		noun := "Secret"
		if len(p.Names) > 1 {
			noun = "Secrets"
		}
		return fmt.Sprintf("%s %s %s", noun, workload.SomeOf(p.Names), where)
	}
	return "every Secret " + where
}

// mountedSecrets are the Secrets that the pod was given.
func (s *situation) mountedSecrets() []api.Outcome {
	if len(s.item.Secrets) == 0 {
		return nil
	}
	var out []api.Outcome
	var names []string
	for _, use := range s.item.Secrets {
		names = append(names, use.Name)
		if known := s.inv.Secret(s.w.Ref.Namespace, use.Name); known.Value.Account != "" {
			out = append(out, s.givenToken(known.Value))
		}
	}
	return append(out, api.Outcome{
		ID: "secrets", Severity: api.SeverityInfo, Possible: true, Text: workload.Plural(len(names), "Secret") + " given to it",
		Detail: workload.SomeOf(names), Fix: "give it no Secret that it does not need",
	})
}

// givenToken is a Secret that is the token of an account: who has it acts as the account.
func (s *situation) givenToken(secret cluster.Secret) api.Outcome {
	account := accountKey{secret.Namespace, secret.Account}
	o := api.Outcome{
		ID: "secrets", Severity: api.SeverityMedium, Possible: true, Text: "the token of ServiceAccount " + secret.Account,
		Detail: fmt.Sprintf("Secret %s; %s", secret.Name, s.worstOf(map[accountKey]bool{account: true})),
		Fix:    "a projected serviceAccountToken volume in place of Secret " + secret.Name,
	}
	for _, p := range s.access.account(secret.Namespace, secret.Account).powers {
		if _, severity := check.GradePower(p); severity.Rank() > o.Severity.Rank() {
			o.Severity = severity
		}
	}
	return o
}

// worstOf names the account with the worst power.
func (s *situation) worstOf(accounts map[accountKey]bool) string {
	if len(accounts) == 0 {
		return "none holds one, of the pods that were read"
	}
	worst, does, rank := "", "", -1
	for key := range accounts {
		name := "ServiceAccount " + key.namespace + "/" + key.name
		for _, p := range s.access.account(key.namespace, key.name).powers {
			_, severity := check.GradePower(p)
			if r := severity.Rank(); r > rank || r == rank && name < worst {
				worst, does, rank = name, p.Does(), r
			}
		}
	}
	if worst == "" {
		return "none has rights that matter"
	}
	return fmt.Sprintf("the worst, %s, may %s", worst, does)
}
