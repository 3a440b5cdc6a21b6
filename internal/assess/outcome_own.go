package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// capabilities are what stays within reach of a setuid program.
func (s *situation) capabilities() []api.Outcome {
	hold, _ := s.findings("caps-not-dropped", "caps-added")
	if len(hold) == 0 {
		return nil
	}
	worst := slices.MaxFunc(hold, func(x, y api.Finding) int { return cmp.Compare(x.Severity.Rank(), y.Severity.Rank()) })
	return []api.Outcome{possible("capabilities", s.kept(), worst.Severity, hold)}
}

// kept says how many capabilities stay, where that was worked out.
func (s *situation) kept() string {
	most := 0
	for _, c := range s.item.Containers {
		if n := len(strings.Fields(c.Settings["capabilities"].Value)); n > most {
			most = n
		}
	}
	if most < 2 {
		return "capabilities"
	}
	return fmt.Sprintf("%d capabilities", most)
}

// persistence is what an attacker can leave behind.
func (s *situation) persistence() []api.Outcome {
	var out []api.Outcome
	if hold, _ := s.findings("rootfs-writable"); len(hold) > 0 {
		o := possible("persistence", "its image's files", hold[0].Severity, hold)
		o.Detail = "changed until the container restarts: root file system writable in " + containersIn(hold)
		out = append(out, o)
	}
	if hold, _ := s.findings("pvc-shared"); len(hold) > 0 {
		out = append(out, possible("persistence", "files of others", api.SeverityLow, hold))
	}
	return append(out, s.leftBehind()...)
}

// leftBehind is what the account can make that goes on without the pod: DaemonSets, CronJobs,
// webhooks.
func (s *situation) leftBehind() []api.Outcome {
	if s.withoutToken() != "" {
		return nil
	}
	var powers []rbac.Power
	for _, p := range s.account.powers {
		template := p.Kind == rbac.MayWriteTemplates && slices.Contains([]string{"daemonsets", "cronjobs"}, p.Resource)
		if template || p.Kind == rbac.MayWriteWebhooks {
			powers = append(powers, p)
		}
	}
	if len(powers) == 0 {
		return nil
	}
	return []api.Outcome{s.byPowers("persistence", "what goes on without it", api.SeverityMedium, powers)}
}

func containersIn(findings []api.Finding) string {
	var names []string
	for _, f := range findings {
		names = appendNew(names, f.Container)
	}
	slices.Sort(names)
	return workload.SomeOf(names)
}

// cloud is the role that a cloud gives to the account.
func (s *situation) cloud() []api.Outcome {
	hold, _ := s.findings("cloud-identity")
	if len(hold) == 0 {
		return nil
	}
	return []api.Outcome{possible("cloud", "a role in the cloud", hold[0].Severity, hold)}
}
