package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// runPolicies judges NetworkPolicies: together with those of the cluster, of which they replace
// those of the same name.
func (f *proveFlags) runPolicies(ctx context.Context, g *globals, files *judgedFiles, opts render.Options) error {
	defer g.process.bound(flowHeap())()
	if len(f.subjects.users)+len(f.subjects.groups)+len(f.subjects.accounts) > 0 {
		return errors.New("--serviceaccount, --user and --group are for roles; NetworkPolicies say themselves whom they are for")
	}
	sources, err := f.source.toFlowOptions(g)
	if err != nil {
		return err
	}
	namespace, err := g.namespace(f.local)
	if err != nil {
		return err
	}
	written, err := files.policies(namespace)
	if err != nil {
		return err
	}
	in, err := f.state(ctx, g, written)
	if err != nil {
		return err
	}
	situation, err := assess.Situation(in.inventory, f.cni)
	if err != nil {
		return err
	}
	doc, err := sources.observeFlows(ctx, in.inventory)
	if err != nil {
		return err
	}
	judged, err := netpol.Judge(situation, written.policies, doc.Edges, written.options())
	if err != nil {
		return errors.New(render.Printable(err.Error()))
	}
	if len(judged.Subjects) == 0 {
		return f.noneSeen(judged, doc)
	}
	judgement := f.judgementOf(judged, written, situation, doc)
	if err := render.PolicyJudgement(g.process.Streams.Out, judgement, opts); err != nil {
		return err
	}
	return outcomeOf(judgement)
}

// state is what the policies would be applied to: the cluster, or with --local, and where -f has
// a snapshot, what the files hold beside them.
func (f *proveFlags) state(ctx context.Context, g *globals, written *writtenPolicies) (input, error) {
	flags := newInputFlags()
	flags.local, flags.filenames = f.local, f.filenames
	if !f.local {
		flags.filenames = nil
	}
	o, err := flags.toOptions(g, nil)
	if err != nil {
		return input{}, err
	}
	o.flows = true
	snapshot, err := cluster.SnapshotFrom(written.state)
	if snapshot != nil || err != nil {
		return o.replay(ctx, snapshot, nil, err)
	}
	if !f.local {
		o.namespace = written.namespace(o.namespace)
		in, err := o.read(ctx)
		if err != nil {
			return in, err
		}
		return in, in.problem()
	}
	in := input{inventory: cluster.NewInventory()}
	in.inventory.DefaultNamespace = o.namespace
	for _, p := range in.inventory.AddAll(written.state) {
		in.problems = append(in.problems, p)
	}
	if len(in.problems) == 0 && len(in.inventory.Workloads()) == 0 {
		return in, errors.New("with --local -f has to hold the workloads and Services of the cluster too, to find whose the addresses of flows are: add -f FILE with them, or leave out --local")
	}
	return in, in.problem()
}

// namespace is that of all policies, or the given one where they are of several.
func (w *writtenPolicies) namespace(otherwise string) string {
	for _, p := range w.policies {
		if p.Namespace != w.policies[0].Namespace {
			return otherwise
		}
	}
	return w.policies[0].Namespace
}

func (f *proveFlags) judgementOf(judged *netpol.Judgement, written *writtenPolicies, situation *netpol.Situation, doc *api.Observations) *api.Judgement {
	j := &api.Judgement{
		Blind: observation.Blind(doc.Sources...), Files: f.filenames, Borrowed: written.among(situation.Objects.Policies),
		Proof: api.Proof{APIVersion: api.Version, Kind: api.KindProof, Subjects: []api.SubjectProof{}, Window: doc.Window, Sources: doc.Sources},
		Notes: judged.Notes,
	}
	for _, ref := range judged.NotSeen {
		j.NotSeen = append(j.NotSeen, ref.From(""))
	}
	for _, s := range worstFirst(judged.Subjects) {
		j.Proof.Subjects = append(j.Proof.Subjects, s.Proof)
		j.Likely = append(j.Likely, s.Likely)
		j.StillAllowed = append(j.StillAllowed, s.StillAllowed)
		for _, note := range s.Notes {
			j.Notes = append(j.Notes, s.Workload.Short()+": "+note)
		}
	}
	j.Proof.Sum()
	return j
}

// worstFirst are those of whom something would be refused, then those that cannot be judged.
func worstFirst(subjects []netpol.Judged) []netpol.Judged {
	rank := func(s *netpol.Judged) int {
		switch {
		case len(s.Proof.Refused) > 0:
			return 0
		case len(s.Proof.Inexpressible) > 0:
			return 1
		}
		return 2
	}
	sorted := slices.Clone(subjects)
	slices.SortStableFunc(sorted, func(a, b netpol.Judged) int { return rank(&a) - rank(&b) })
	return sorted
}

// among says which policies in force the written ones replace, and how many stay.
func (w *writtenPolicies) among(live []*networkingv1.NetworkPolicy) []string {
	var replaced []string
	others := 0
	for _, p := range live {
		if _, found := w.sources[types.NamespacedName{Namespace: p.Namespace, Name: p.Name}]; found {
			replaced = append(replaced, "NetworkPolicy "+p.Namespace+"/"+p.Name)
		} else {
			others++
		}
	}
	var words []string
	switch {
	case len(replaced) > mostWorkloads:
		words = append(words, fmt.Sprintf("in place of %d of the same names", len(replaced)))
	case len(replaced) > 0:
		words = append(words, "in place of "+strings.Join(replaced, ", "))
	}
	switch others {
	case 0:
		words = append(words, "with no other policy in force")
	case 1:
		words = append(words, "with 1 other in force")
	default:
		words = append(words, "with "+render.Number(int64(others))+" others in force")
	}
	return words
}

// noneSeen is the error where nothing was seen of any workload that the policies select.
func (f *proveFlags) noneSeen(judged *netpol.Judgement, doc *api.Observations) error {
	whom := judged.NotSeen[0].From("")
	if more := len(judged.NotSeen) - 1; more > 0 {
		whom = "any of " + render.Counted(int64(more+1), "workload") + " that the policies select"
	}
	return nothingOf(f.source.from, whom, doc)
}

// planPolicies is what judging policies needs; nil where the files are to be judged as roles, or
// cannot be read yet.
func (f *proveFlags) planPolicies(ctx context.Context, g *globals) (*self, error) {
	objects, _, err := cluster.Load(ctx, cluster.LoadOptions{Filenames: f.filenames, Recursive: f.recursive, Stdin: strings.NewReader("")})
	if err != nil {
		return nil, err
	}
	files := sortFiles(objects)
	policies, err := files.ofPolicies()
	if !policies || err != nil {
		return nil, err
	}
	flags := newInputFlags()
	o, err := flags.toOptions(g, nil)
	if err != nil {
		return nil, err
	}
	written, err := files.policies(o.namespace)
	if err != nil {
		return nil, err
	}
	if snapshot, err := cluster.SnapshotFrom(written.state); snapshot != nil || err != nil {
		return &self{}, err
	}
	o.flows, o.namespace = true, written.namespace(o.namespace)
	return o.plan(false)
}
