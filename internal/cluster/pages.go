package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Pages are objects asked about that are no workloads.
type Pages struct {
	// Accounts are ServiceAccounts, Secrets the ones of which is asked who can read them, Services
	// those of which is asked who reaches them, and Policies are NetworkPolicies.
	Accounts, Secrets, Services, Policies []api.Ref
}

// errNameSecret is for secret without a name: only --secrets lists them.
var errNameSecret = errors.New("name the Secret, as secret/NAME: Secrets are not listed to explain them")

func secretKind() kind { return builtin("", "Secret", "secrets", "secret") }

// isPage tells a target that is no workload.
func (t Target) isPage() bool {
	name := strings.ToLower(t.Type)
	return supportKind("ServiceAccount").named(name) || secretKind().named(name) || policyKind().named(name) || serviceKind().named(name)
}

func policyKind() kind  { return networkKinds()[0] }
func serviceKind() kind { return networkKinds()[1] }

// splitTargets tells workloads from other objects.
func splitTargets(targets []Target) (workloads, pages []Target) {
	for _, t := range targets {
		if t.isPage() {
			pages = append(pages, t)
		} else {
			workloads = append(workloads, t)
		}
	}
	return workloads, pages
}

// pages finds what targets stand for in a namespace; in files it may be any where the
// namespace is empty. A Secret is not looked for: whether there is one is a secret too.
func (inv *Inventory) pages(targets []Target, namespace string) (Pages, []error) {
	var found Pages
	var missing []error
	for _, t := range targets {
		switch {
		case secretKind().named(strings.ToLower(t.Type)) && t.Name == "":
			missing = append(missing, errNameSecret)
		case secretKind().named(strings.ToLower(t.Type)):
			found.Secrets = append(found.Secrets, api.Ref{APIVersion: "v1", Kind: "Secret", Namespace: namespace, Name: t.Name})
		case policyKind().named(strings.ToLower(t.Type)):
			refs, err := inv.readNamed(policyKind(), t.Name, namespace)
			missing = appendError(missing, err)
			found.Policies = append(found.Policies, refs...)
		case serviceKind().named(strings.ToLower(t.Type)):
			refs, err := inv.readNamed(serviceKind(), t.Name, namespace)
			missing = appendError(missing, err)
			found.Services = append(found.Services, refs...)
		default:
			refs, err := inv.accountsNamed(t.Name, namespace)
			missing = appendError(missing, err)
			found.Accounts = append(found.Accounts, refs...)
		}
	}
	for _, refs := range []*[]api.Ref{&found.Accounts, &found.Secrets, &found.Services, &found.Policies} {
		slices.SortFunc(*refs, api.Ref.Compare)
		*refs = slices.Compact(*refs)
	}
	return found, missing
}

func appendError(errs []error, err error) []error {
	if err == nil {
		return errs
	}
	return append(errs, err)
}

// accountsNamed finds accounts by name, all where it is empty. One that could not be read is
// taken to be there.
func (inv *Inventory) accountsNamed(name, namespace string) ([]api.Ref, error) {
	if name != "" && inv.Account(namespace, name).Fact == workload.FactUnknown {
		return []api.Ref{accountRef(namespace, name)}, nil
	}
	return inv.supportNamed(supportKind("ServiceAccount"), name, namespace)
}

// readNamed finds objects of a kind by name. Where the list of them failed, none is missing.
func (inv *Inventory) readNamed(k kind, name, namespace string) ([]api.Ref, error) {
	refs, err := inv.supportNamed(k, name, namespace)
	why := inv.Failed(k.gvk.Group, k.gvr.Resource, namespace)
	switch {
	case len(refs) > 0 || why == "":
		return refs, err
	case name == "":
		return nil, errors.New(why)
	}
	return nil, fmt.Errorf("%s %q: %s", k.gvr.GroupResource(), name, why)
}

// supportNamed finds objects of a kind that were read by name, all where it is empty.
func (inv *Inventory) supportNamed(k kind, name, namespace string) ([]api.Ref, error) {
	var refs []api.Ref
	var near []string
	for place, named := range inv.support.objects {
		if place.kind != k.gvk.Kind || place.group != k.gvk.Group || namespace != "" && place.namespace != namespace {
			continue
		}
		for found := range named {
			near = append(near, found)
			if name == "" || found == name {
				refs = append(refs, api.Ref{APIVersion: k.gvk.GroupVersion().String(), Kind: k.gvk.Kind, Namespace: place.namespace, Name: found})
			}
		}
	}
	if len(refs) > 0 || name == "" {
		return refs, nil
	}
	slices.Sort(near)
	hint := ""
	if n := Nearest(name, near); n != "" {
		hint = "; did you mean " + shortRef(k, n) + "?"
	}
	where := ""
	if namespace != "" {
		where = " in namespace " + namespace
	}
	return nil, fmt.Errorf("%s %q not found%s%s", k.gvr.GroupResource(), name, where, hint)
}

func accountRef(namespace, name string) api.Ref {
	return api.Ref{APIVersion: "v1", Kind: "ServiceAccount", Namespace: namespace, Name: name}
}

// SelectPages finds the targets that are no workloads in what files hold; the namespace is
// empty for any. The errors are those that no file has.
func (inv *Inventory) SelectPages(targets []Target, namespace string) (Pages, []error) {
	_, pages := splitTargets(targets)
	return inv.pages(pages, namespace)
}
