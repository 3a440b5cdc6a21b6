package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// run reads, resolves, fits, proves and prints.
func (o *netpolOptions) run(ctx context.Context, opts render.Options) error {
	defer o.process.bound(flowHeap())()
	in, err := o.input.read(ctx)
	if err != nil {
		return err
	}
	if err := in.problem(); err != nil {
		return err
	}
	if err := o.workloadsOf(&in); err != nil {
		return err
	}
	situation, err := assess.Situation(in.inventory, o.flags.cni)
	if err != nil {
		return err
	}
	subjects := o.subjects(&in, situation)
	if len(subjects) == 0 {
		return o.noWorkload(&in)
	}
	o.configure(situation, in.inventory, subjects)
	doc, err := o.observed(ctx, in.inventory)
	if err != nil {
		return err
	}
	if !o.static() && !slices.ContainsFunc(doc.Edges, touching(subjects)) {
		return o.nothingSeen(doc, subjects, situation)
	}
	o.process.bound(edgeHeap())
	fitted, err := netpol.Fit(situation, doc.Edges, subjects, o.fit)
	if err != nil {
		return errors.New(render.Printable(err.Error()))
	}
	var sets []*api.PolicySet
	for i := range fitted {
		sets = append(sets, &fitted[i])
	}
	proof := proofOf(sets, doc)
	proof.Unknown = in.inventory.Unread
	if err := writeProof(o.flags.proof, proof); err != nil {
		return err
	}
	run := o.runOf(doc, in.inventory, situation, subjects)
	if o.flags.view != "" {
		return o.show(netpol.Map(situation, doc.Edges, subjects, fitted, o.mapOptions(run, subjects)), opts)
	}
	return o.print(sets, run, opts)
}

// observed are the flows of all sources, none where none is one of flows.
func (o *netpolOptions) observed(ctx context.Context, inv *cluster.Inventory) (*api.Observations, error) {
	if len(o.files) == 0 {
		return o.document(observation.NewSet()), nil
	}
	return o.observeFlows(ctx, inv)
}

// print prints the policies, and what there is to know beside them.
func (o *netpolOptions) print(sets []*api.PolicySet, run *api.PolicyRun, opts render.Options) error {
	sets[0].Comment = append([]string{o.again}, sets[0].Comment...)
	if err := render.Policies(o.process.Streams.Out, sets, run, opts); err != nil {
		return err
	}
	errOpts, err := o.errOptions()
	if err != nil {
		return err
	}
	return render.PolicyAnswers(o.process.Streams.ErrOut, sets, run, errOpts)
}

// show prints the flows instead.
func (o *netpolOptions) show(m *api.FlowMap, opts render.Options) error {
	return render.FlowView(o.process.Streams.Out, o.process.Streams.ErrOut, o.flags.view, m, opts)
}

// mapOptions are what a view is of.
func (o *netpolOptions) mapOptions(run *api.PolicyRun, subjects []api.Ref) netpol.MapOptions {
	scope := o.where()
	if o.input.allNamespaces {
		scope = "all namespaces"
	} else if len(subjects) == 1 {
		scope = subjects[0].Short() + " in " + scope
	}
	return netpol.MapOptions{Scope: scope, Window: run.Window, Sources: run.Sources, Namespace: run.Namespace, Notes: run.Notes}
}

// workloadsOf is an error where what was named is no workload.
func (o *netpolOptions) workloadsOf(in *input) error {
	pages := slices.Concat(in.pages.Services, in.pages.Policies, in.pages.Accounts, in.pages.Secrets)
	if len(pages) == 0 {
		return nil
	}
	return errors.New(render.Printable(pages[0].Kind + " " + pages[0].Name + " is no workload: name the one behind it, as TYPE/NAME"))
}

// noWorkload is the error for a question about nothing.
func (o *netpolOptions) noWorkload(in *input) error {
	if err := noneRead(in.inventory.Unread); err != nil {
		return err
	}
	if o.input.selector != "" {
		return fmt.Errorf("the selector %q matches no workload in %s", o.input.selector, o.where())
	}
	return fmt.Errorf("no workload in %s; name another with -n, or -A for all", o.where())
}

// unmatched are the patterns that leave no edge out.
func (o *netpolOptions) unmatched(doc *api.Observations) []string {
	var notes []string
	for i, pattern := range o.fit.Exclude {
		if !slices.ContainsFunc(doc.Edges, func(e api.Edge) bool { return pattern.Matches(&e) }) {
			notes = append(notes, fmt.Sprintf("--exclude-edge %s matches no edge", o.flags.exclude[i]))
		}
	}
	return notes
}

// subjects are the workloads that policies are for, sorted.
func (o *netpolOptions) subjects(in *input, situation *netpol.Situation) []api.Ref {
	if in.selected != nil {
		return slices.SortedFunc(slices.Values(in.selected), api.Ref.Compare)
	}
	var refs []api.Ref
	for i := range situation.Workloads {
		ref := situation.Workloads[i].Ref
		if o.input.allNamespaces || ref.Namespace == o.input.namespace {
			refs = append(refs, ref)
		}
	}
	return refs
}

// where is the namespace that was asked about, in words.
func (o *netpolOptions) where() string {
	if o.input.allNamespaces {
		return "any namespace"
	}
	return "namespace " + o.input.namespace
}

// touching tells an edge of which one of the workloads is an end.
func touching(refs []api.Ref) func(api.Edge) bool {
	among := setOf(refs)
	is := func(end *api.Ref) bool { return end != nil && among[*end] }
	return func(e api.Edge) bool { return is(e.Client.Workload) || is(e.Server.Workload) }
}

func setOf(refs []api.Ref) map[api.Ref]bool {
	set := make(map[api.Ref]bool, len(refs))
	for _, ref := range refs {
		set[ref] = true
	}
	return set
}

// runOf is what is so of all the policies.
func (o *netpolOptions) runOf(doc *api.Observations, inv *cluster.Inventory, situation *netpol.Situation, subjects []api.Ref) *api.PolicyRun {
	run := &api.PolicyRun{
		Window: doc.Window, Sources: doc.Sources, Blind: observation.Blind(doc.Sources...), Unread: inv.Unread, Notes: otherPolicies(inv, subjects),
	}
	if !o.input.allNamespaces {
		run.Namespace = o.input.namespace
	}
	if situation.PoliciesUnread != "" {
		run.Notes = append(run.Notes, "what isolates pods already is not known: "+situation.PoliciesUnread)
	}
	run.Notes = append(run.Notes, netpol.FlavorNotes(situation, o.fit.Flavor)...)
	run.Notes = append(run.Notes, o.unmatched(doc)...)
	run.Notes = append(run.Notes, situation.HintsOf(nil)...)
	o.gathered(run, situation, inv, subjects)
	return run
}

// otherPolicies are notes on policies of other kinds in the namespaces of workloads, which come
// sorted by these.
func otherPolicies(inv *cluster.Inventory, of []api.Ref) []string {
	var notes []string
	told := ""
	for _, ref := range of {
		if ref.Namespace == told {
			continue
		}
		told = ref.Namespace
		for _, text := range inv.OtherPolicies(told) {
			if !slices.Contains(notes, text) {
				notes = append(notes, text)
			}
		}
	}
	return notes
}

// proofOf gathers the proofs of all sets.
func proofOf(sets []*api.PolicySet, doc *api.Observations) *api.Proof {
	proof := &api.Proof{
		APIVersion: api.Version, Kind: api.KindProof, Subjects: []api.SubjectProof{}, Window: doc.Window, Sources: doc.Sources,
	}
	for i := range sets {
		if sets[i].Answer != nil {
			proof.Subjects = append(proof.Subjects, sets[i].Answer.Proof)
		}
	}
	proof.Sum()
	return proof
}
