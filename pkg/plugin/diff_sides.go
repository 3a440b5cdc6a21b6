package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// difference is what was read of both sides.
type difference struct {
	was, now *compare.Posture
	// report is that of the new side, for its notes; nil for none.
	report   *api.Report
	problems []error
	lacking  lacking
	notes    []string
}

// lacking are workloads that one side does not have for a reason, which cannot be compared.
type lacking map[api.Ref]error

// addTo tells of each of them. Anything may have changed in them.
func (l lacking) addTo(c *api.Changes) {
	for _, ref := range l.refs() {
		c.Summary.Incomparable++
		c.Summary.Workloads++
		change := api.Change{
			State: api.ChangeIncomparable, Ref: ref, Severity: api.SeverityCritical, Fact: "template", Text: render.Printable(l[ref].Error()),
		}
		at := slices.IndexFunc(c.Changes, func(o api.Change) bool {
			return o.State != api.ChangeNew && o.State != api.ChangeWorsened && (o.State != api.ChangeIncomparable || o.Severity != api.SeverityCritical)
		})
		if at < 0 {
			at = len(c.Changes)
		}
		c.Changes = slices.Insert(c.Changes, at, change)
	}
}

func (l lacking) refs() []api.Ref {
	var refs []api.Ref
	for ref := range l {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, api.Ref.Compare)
	return refs
}

// err is the error for a comparison of which nothing is left: the first reason, and how many more.
func (l lacking) err() error {
	refs := l.refs()
	if len(refs) == 0 {
		return nil
	}
	more := ""
	if n := len(refs) - 1; n > 0 {
		more = fmt.Sprintf("; %d more cannot be compared either", n)
	}
	return fmt.Errorf("%s in namespace %s: %w%s", render.Printable(render.ShortName(refs[0])), render.Printable(refs[0].Namespace), l[refs[0]], more)
}

// read reads both sides.
func (o *diffOptions) read(ctx context.Context) (*difference, error) {
	if o.input.fromFiles() {
		return o.readFiles(ctx)
	}
	switch o.baseline.kind {
	case baselineRevision, baselineApplied, baselineTemplate:
		return o.readTemplates(ctx)
	case baselineContext:
		return o.readContext(ctx)
	}
	in, err := o.input.read(ctx)
	if err != nil {
		return nil, err
	}
	return o.against(in, "live")
}

// against compares what was read with a file or a level.
func (o *diffOptions) against(in input, name string) (*difference, error) {
	report, err := o.judge(in)
	if err != nil {
		return nil, err
	}
	d := &difference{report: report, problems: in.problems}
	if o.baseline.kind == baselinePSS {
		o.againstLevel(d, report)
	} else if d.was, err = o.readBaseline(); err != nil {
		return nil, err
	} else {
		d.now = compare.OfReport(report)
	}
	d.now.Name = name
	if len(report.Items) == 0 && len(in.problems) > 0 {
		d.was, d.now = nil, nil
	}
	return d, nil
}

// judge is the posture of what was read. Without any workload where reads failed there is none.
func (o *diffOptions) judge(in input) (*api.Report, error) {
	if err := in.workloadsAlone(); err != nil {
		return nil, err
	}
	report := o.report(in.inventory, in.selected)
	if len(report.Items) == 0 {
		if name := o.assess.Selection.Container; name != "" {
			return nil, fmt.Errorf("no workload has a container %q", name)
		}
		if err := noneRead(report.Unknown); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// report judges workloads by the level of --baseline, where it is one; nil stands for all.
func (o *diffOptions) report(inv *cluster.Inventory, selected []api.Ref) *api.Report {
	opts := o.assess
	opts.Level, opts.Version = o.baseline.level, o.baseline.version
	return o.input.report(inv, selected, opts)
}

// readBaseline reads the file of --baseline.
func (o *diffOptions) readBaseline() (*compare.Posture, error) {
	name := o.baseline.value
	data, err := readWhole(o.process, name)
	if err != nil {
		hint := ""
		if near := cluster.Nearest(name, append(baselineWords(), baselinePrefixes()...)); near != "" {
			hint = fmt.Sprintf("; did you mean %s?", strings.TrimSpace(near+" "+parenthesis(baselineExample(near))))
		}
		return nil, fmt.Errorf("--baseline %w%s", err, hint)
	}
	return postureOf(name, data)
}

func parenthesis(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

// narrow drops changes of checks that were not to be reported: a side that has them says nothing of
// what was asked. With --check facts go too.
func (o *diffOptions) narrow(c *api.Changes, reported []string) {
	selection := o.assess.Selection
	if len(selection.Checks)+len(selection.Skip) == 0 {
		return
	}
	c.Changes = slices.DeleteFunc(c.Changes, func(change api.Change) bool {
		drop := change.Check == "" && len(selection.Checks) > 0 || change.Check != "" && !slices.Contains(reported, change.Check)
		if n := countOf(&c.Summary, change.State); drop && n != nil {
			*n--
		}
		return drop
	})
}

// countOf is the count of a state that is listed.
func countOf(s *api.ChangeSummary, state api.ChangeState) *int {
	return map[api.ChangeState]*int{
		api.ChangeNew: &s.New, api.ChangeWorsened: &s.Worsened, api.ChangeExpired: &s.Expired, api.ChangeIncomparable: &s.Incomparable,
		api.ChangeNewRule: &s.NewRule, api.ChangeResolved: &s.Resolved, api.ChangeImproved: &s.Improved, api.ChangeAccepted: &s.Accepted,
	}[state]
}
