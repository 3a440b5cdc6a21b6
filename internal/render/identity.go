package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// automount is the name of the setting that gives a pod its token.
const automount = "automountServiceAccountToken"

// isIdentity tells whether a check is about whom a workload acts as.
func isIdentity(check string) bool {
	return strings.HasPrefix(check, "sa-") || slices.Contains([]string{
		"group-grants", "cloud-identity", "token-needless", "token-mounted", "default-sa", "token-audience-ttl",
	}, check)
}

// isAccount tells a ServiceAccount from a workload.
func isAccount(ref api.Ref) bool { return ref.Kind == "ServiceAccount" && ref.APIVersion == "v1" }

// identity says whom the workload acts as, and what that account may do.
func (p page) identity() {
	if p.item.Identity == nil && !isAccount(p.item.Ref) && len(p.item.Rights) == 0 {
		return
	}
	account, token, others := p.identityFindings()
	rows, rights, rest := p.standings(others)
	summary := p.rightsSummary()
	if isAccount(p.item.Ref) {
		p.heading("Rights", summary)
	} else {
		p.heading("Identity", p.accountWords())
		if len(account) > 0 {
			p.row(p.factRow(stated{fact: fact{label: "account"}, value: api.Setting{Value: p.account(), Origin: account[0].Got}, findings: account}, false))
		}
		if p.item.Identity != nil {
			p.row(p.tokenRow(token))
		}
		p.row(row{label: line{{plain, "rights"}}, value: p.said(summary)})
	}
	p.rights(rows, rights)
	for _, r := range p.findingRows(p.unknownRights(rest), false) {
		p.row(r)
	}
}

// identityFindings are those about the account, its token, and anything else of the identity.
func (p page) identityFindings() (account, token, others []api.Finding) {
	for _, f := range p.open {
		switch {
		case isAccount(p.item.Ref):
			others = append(others, f)
		case !p.inIdentity(f):
		case f.Check == "default-sa":
			account = append(account, f)
		case p.item.Identity != nil && (f.Check == "token-mounted" || f.Check == "token-needless"):
			token = append(token, f)
		default:
			others = append(others, f)
		}
	}
	return account, token, others
}

// inIdentity tells whether a finding is told with the identity, not with the pod.
func (p page) inIdentity(f api.Finding) bool {
	return isIdentity(f.Check) && f.Container == "" && (p.item.Identity != nil || len(p.item.Rights) > 0)
}

func (p page) account() string {
	if p.item.Identity == nil {
		return ""
	}
	return p.item.Identity.Account
}

func (p page) accountWords() string {
	id := p.item.Identity
	switch {
	case id == nil:
		return "no account"
	case len(id.UsedBy) > 0:
		return "ServiceAccount " + id.Account + ", used also by " + p.refs("identity", id.UsedBy)
	case p.item.Source != nil || p.item.Pods.Unknown:
		return "ServiceAccount " + id.Account + ", used by no other workload that was read"
	case p.several:
		return "ServiceAccount " + id.Account + ", used by this workload alone"
	}
	return "ServiceAccount " + id.Account + ", used by no other live pod"
}

// refs names workloads by their namespaces, those of the item's own without it.
func (p page) refs(section string, refs []api.Ref) string {
	byNamespace := map[string][]string{}
	var namespaces []string
	for _, ref := range refs {
		namespaces = append(namespaces, ref.Namespace)
		byNamespace[ref.Namespace] = append(byNamespace[ref.Namespace], shortName(ref))
	}
	slices.Sort(namespaces)
	own := func(namespace string) int { return count(namespace != p.item.Ref.Namespace) }
	slices.SortStableFunc(namespaces, func(a, b string) int { return cmp.Compare(own(a), own(b)) })
	var parts []string
	for _, namespace := range slices.Compact(namespaces) {
		words := p.list(section, byNamespace[namespace])
		if own(namespace) > 0 && namespace != "" {
			words += " of " + namespace
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, "; ")
}

func (p page) tokenRow(findings []api.Finding) row {
	tokens := p.item.Identity.Tokens
	value := "in " + p.list("identity", tokens)
	if len(tokens) == 0 {
		value = "not mounted"
		if len(findings) > 0 {
			value = findings[0].Message
		}
	}
	r := p.factRow(stated{fact: fact{label: "token"}, value: api.Setting{Value: value, Origin: p.automountWords(findings)}, findings: findings}, false)
	for _, f := range findings {
		if f.Check == "token-mounted" && fieldOf(f.Path) != automount && f.Message != value {
			r.notes = append(r.notes, p.said(f.Message))
		}
	}
	return r
}

// automountWords say what decides on the token.
func (p page) automountWords(findings []api.Finding) string {
	if s := p.item.Settings[automount]; s.Value != "" {
		if s.Origin == unset {
			return "automount unset"
		}
		return strings.TrimSuffix("automount "+s.Value+", "+s.Origin, ", ")
	}
	for _, f := range findings {
		if fieldOf(f.Path) == automount {
			return "automount " + f.Got
		}
	}
	return ""
}

// unset is the value, and the origin, of a field that nobody wrote.
const unset = "unset"

// rightsSummary says through what the rights come, and on what the list stands.
func (p page) rightsSummary() string {
	id := p.item.Identity
	var bindings, groups []string
	for _, r := range p.item.Rights {
		bindings = append(bindings, r.Via.Binding)
		if strings.HasPrefix(r.Via.Subject, "Group ") {
			groups = append(groups, r.Via.Subject)
		}
	}
	bindings, groups = distinct(bindings), distinct(groups)
	var parts []string
	switch {
	case len(p.item.Rights) == 0 && id != nil && len(id.Unknown) > 0:
		parts = append(parts, "none known")
	case len(p.item.Rights) == 0:
		parts = append(parts, "none of its own")
	default:
		if len(bindings) == 1 {
			parts = append(parts, "through "+bindings[0])
		} else {
			parts = append(parts, "through "+counted(len(bindings), "binding"))
		}
		if len(groups) == 0 {
			parts = append(parts, "none by a group")
		} else {
			parts = append(parts, "some by "+list(groups))
		}
	}
	if id == nil {
		return strings.Join(parts, "; ")
	}
	if id.Everybody > 0 {
		parts = append(parts, "every account has "+counted(id.Everybody, "rule")+" more")
	}
	if len(p.item.Rights) > 0 {
		parts = append(parts, p.verifiedWords())
	}
	return strings.Join(parts, "; ")
}

// verifiedWords tell what RBAC says from what the API server says.
func (p page) verifiedWords() string {
	if !p.item.Identity.Verified {
		return "derived"
	}
	no := 0
	for _, r := range p.item.Rights {
		no += count(r.Verified == refused)
	}
	if no > 0 {
		return number(no) + " refused by the API server"
	}
	return "confirmed by the API server"
}
