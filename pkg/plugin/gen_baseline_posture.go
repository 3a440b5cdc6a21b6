package plugin

import (
	"errors"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// posture judges what was read, whole: a baseline or a comparison that leaves out what is mild says
// nothing of it. Without a workload there is nothing to write or to compare.
func (o *inputOptions) posture(in *input, opts assess.Options) (*api.Report, error) {
	if err := in.workloadsAlone(); err != nil {
		return nil, err
	}
	report := o.report(in.inventory, in.selected, opts)
	if len(report.Items) > 0 {
		return report, nil
	}
	if err := noneRead(report.Unknown); err != nil {
		return nil, err
	}
	return nil, errors.New("no workloads: " + o.emptyWords())
}

// errNoWorkload is for targets that are judged on a page of their own.
var errNoWorkload = errors.New("diff and gen baseline compare workloads: ServiceAccounts, Secrets, Services and NetworkPolicies are explained alone")

// workloadsAlone is the error for a target that is none.
func (in *input) workloadsAlone() error {
	if len(in.pages.Accounts)+len(in.pages.Secrets)+len(in.pages.Services)+len(in.pages.Policies) > 0 {
		return errNoWorkload
	}
	return nil
}

// report judges workloads; nil stands for all. It says what was asked for and left out.
func (o *inputOptions) report(inv *cluster.Inventory, selected []api.Ref, opts assess.Options) *api.Report {
	opts.Selection.Workloads = selected
	if o.fromFiles() && !o.replayed {
		opts.Selection.Namespace = *o.config.Namespace
	}
	report := assess.Report(inv, opts)
	report.Scope = o.scope()
	report.Scope.Excluded = opts.Selection.ExcludeNamespaces
	return report
}

// emptyWords say where nothing was found.
func (o *inputOptions) emptyWords() string {
	switch {
	case o.fromFiles() && !o.replayed:
		return "the files have none that are asked for"
	case o.allNamespaces:
		return "the cluster has none that are asked for"
	}
	return "namespace " + o.namespace + " has none that are asked for"
}
