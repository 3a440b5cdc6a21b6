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
	doc, err := o.observeFlows(ctx, in.inventory)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(doc.Edges, func(e api.Edge) bool { return touches(&e, subjects) }) {
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
	run := o.runOf(doc, in.inventory, subjects)
	if situation.PoliciesUnread != "" {
		run.Notes = append(run.Notes, "what isolates pods already is not known: "+situation.PoliciesUnread)
	}
	run.Notes = append(run.Notes, o.unmatched(doc)...)
	for _, hint := range situation.Hints {
		if hint.Of == nil {
			run.Notes = append(run.Notes, hint.Text)
		}
	}
	proof := proofOf(sets, doc)
	proof.Unknown = in.inventory.Unread
	if err := writeProof(o.flags.proof, proof); err != nil {
		return err
	}
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

// touches tells an edge of which one of the workloads is an end.
func touches(e *api.Edge, refs []api.Ref) bool {
	return slices.ContainsFunc([]*api.Ref{e.Client.Workload, e.Server.Workload}, func(end *api.Ref) bool {
		return end != nil && slices.Contains(refs, *end)
	})
}

// runOf is what is so of all the policies.
func (o *netpolOptions) runOf(doc *api.Observations, inv *cluster.Inventory, subjects []api.Ref) *api.PolicyRun {
	run := &api.PolicyRun{Window: doc.Window, Sources: doc.Sources, Blind: observation.Blind(doc.Sources...), Unread: inv.Unread}
	if !o.input.allNamespaces {
		run.Namespace = o.input.namespace
	}
	told := ""
	for _, ref := range subjects {
		if ref.Namespace != told {
			told = ref.Namespace
			for _, text := range inv.OtherPolicies(told) {
				if !slices.Contains(run.Notes, text) {
					run.Notes = append(run.Notes, text)
				}
			}
		}
	}
	return run
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
