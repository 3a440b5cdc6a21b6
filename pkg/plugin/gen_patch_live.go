package plugin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/patch"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// runLive prints the patch of one workload.
func (o *patchOptions) runLive(ctx context.Context, in *input, opts render.Options) error {
	if len(in.problems) > 0 {
		return conclude(o.process, in.problems, nil)
	}
	w, err := o.workload(in)
	if err != nil {
		return errors.New(render.Printable(err.Error()))
	}
	plan := patch.To(w, o.level, o.policy(in.inventory))
	p := o.patchOf(&plan, in.inventory, o.beyond(in.inventory, []api.Ref{w.Ref}))
	p.Notes = append(o.owned(w), patch.Injected(w, &plan)...)
	if len(plan.Changes) > 0 {
		if err := o.printLive(ctx, &plan, p, opts); err != nil {
			return err
		}
	}
	if err := o.answer(p, !strings.EqualFold(o.output, "yaml")); err != nil {
		return err
	}
	return notReached([]*api.PodPatch{p})
}

// workload is the one that is named, or its owner.
func (o *patchOptions) workload(in *input) (*workload.Workload, error) {
	all := in.inventory.Workloads()
	all = slices.DeleteFunc(all, func(w *workload.Workload) bool { return !slices.Contains(in.selected, w.Ref) })
	if len(all) != 1 {
		var names []string
		for _, w := range all {
			names = append(names, w.Ref.Short())
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s is no workload", strings.Join(o.input.args, " "))
		}
		return nil, fmt.Errorf("%s stands for several workloads: name one of %s", strings.Join(o.input.args, " "), strings.Join(names, ", "))
	}
	w := all[0]
	switch isPod := w.Ref.Kind == "Pod" && w.Ref.Group() == ""; {
	case !isPod && len(w.Templates) == 0:
		return nil, fmt.Errorf("%s belongs to %s, of which no pod template could be read: what is to change is there", strings.Join(o.input.args, " "), w.Ref.From(""))
	case isPod && w.Meta.Annotations[corev1.MirrorPodAnnotationKey] != "":
		return nil, fmt.Errorf("%s is a static pod: what is to change is its file on the node", w.Ref.From(""))
	}
	return w, nil
}

// owned notes that another object was named.
func (o *patchOptions) owned(w *workload.Workload) []string {
	if t := o.input.targets; len(t) != 1 || t[0].Name == w.Ref.Name {
		return nil
	}
	return []string{fmt.Sprintf("%s belongs to %s, and would be made anew as it was: the patch is for that", strings.Join(o.input.args, " "), w.Ref.Short())}
}

// policy is that of the server's version, or of the one asked for.
func (o *patchOptions) policy(inv *cluster.Inventory) *podsecurity.Evaluator {
	return podsecurity.New(assess.PolicyVersion(inv.Server, o.version))
}

// patchOf is what is told of a plan.
func (o *patchOptions) patchOf(plan *patch.Plan, inv *cluster.Inventory, beyond map[api.Ref][]string) *api.PodPatch {
	version := plan.Policy.Version()
	return &api.PodPatch{
		Ref: plan.Ref, Command: o.again, Goal: plan.Goal, Before: plan.Before, After: plan.After, Version: version.String(),
		Changes: plan.Changes, Obstacles: plan.Obstacles, Unread: inv.Unread, Beyond: beyond[plan.Ref],
	}
}

// beyond are for each workload, nil for all, the checks that found something that no Pod Security
// level asks for, worst first.
func (o *patchOptions) beyond(inv *cluster.Inventory, selected []api.Ref) map[api.Ref][]string {
	report := assess.Report(inv, assess.Options{Selection: assess.Selection{Workloads: selected}, Version: o.version, Now: o.process.Now()})
	out := map[api.Ref][]string{}
	for _, item := range report.Items {
		findings := slices.DeleteFunc(slices.Clone(item.Findings), func(f api.Finding) bool {
			levels := slices.ContainsFunc(f.Standards, func(s string) bool { return strings.HasPrefix(s, "pss:") })
			return levels || f.Status != api.StatusFail
		})
		slices.SortStableFunc(findings, func(a, b api.Finding) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
		for _, f := range findings {
			if !slices.Contains(out[item.Ref], f.Check) {
				out[item.Ref] = append(out[item.Ref], f.Check)
			}
		}
	}
	return out
}

// printLive works out the form of the patch, has it tested, and prints it.
func (o *patchOptions) printLive(ctx context.Context, plan *patch.Plan, p *api.PodPatch, opts render.Options) error {
	out := render.LevelPatch{PodPatch: p}
	var test func(cluster.Connection) (map[string]any, error)
	if render.Recreated(p.Ref) {
		manifest, err := o.replacement(ctx, plan)
		if err != nil {
			return err
		}
		out.Manifest, out.Places = manifest, plan.Places(nil)
		test = func(c cluster.Connection) (map[string]any, error) {
			return cluster.DryRunCreate(ctx, c, p.Ref, manifest)
		}
	} else {
		body, err := plan.Body()
		if err != nil {
			return err
		}
		var sent any = body.Fields
		kind := types.StrategicMergePatchType
		out.Fields, out.Places = body.Fields, plan.Places(body.Fields)
		if body.Fields == nil {
			sent, kind, out.Operations = body.Operations, types.JSONPatchType, operationsOf(body.Operations)
		}
		data, err := json.Marshal(sent)
		if err != nil {
			return fmt.Errorf("print: %w", err)
		}
		test = func(c cluster.Connection) (map[string]any, error) { return cluster.DryRun(ctx, c, p.Ref, kind, data) }
	}
	kubectl := "kubectl"
	if *o.config.Context != "" {
		kubectl += " --context " + shellQuote(*o.config.Context)
	}
	p.Effect, p.Apply = render.PatchEffect(p.Ref), out.ApplyCommand(kubectl)
	if err := o.serverTest(plan, p, test); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return render.Patched(o.process.Streams.Out, out, opts)
}

// replacement is the manifest to create in the place of a pod or Job.
func (o *patchOptions) replacement(ctx context.Context, plan *patch.Plan) (map[string]any, error) {
	if o.input.replayed {
		return nil, fmt.Errorf("%s cannot be changed, and a snapshot does not have the whole of it: use gen patch -f with its manifest", plan.Ref.Short())
	}
	conn, err := o.connect(o.input.chunkSize)
	if err != nil {
		return nil, err
	}
	object, err := cluster.Read(ctx, conn, plan.Ref)
	if err != nil {
		return nil, err
	}
	manifest, err := plan.Replacement(object)
	if errors.Is(err, patch.ErrCredentials) {
		return nil, errors.New(render.Printable(fmt.Sprintf("%s cannot be changed, and a manifest to put in its place would show a credential: %v; use gen patch -f with its own manifest",
			plan.Ref.Short(), err)))
	}
	return manifest, err
}

// serverTest asks the API server. The error is for a patch that it would refuse, or make less of.
func (o *patchOptions) serverTest(plan *patch.Plan, p *api.PodPatch, test func(cluster.Connection) (map[string]any, error)) error {
	if o.input.replayed {
		return nil
	}
	conn, err := o.connect(o.input.chunkSize)
	if err != nil {
		return err
	}
	after, err := test(conn)
	if refusal, is := errors.AsType[*cluster.Refusal](err); is {
		return fmt.Errorf("%s: the API server would refuse the change, so nothing is printed: %w", p.Ref.Short(), refusal)
	}
	if err != nil {
		p.Server = "not checked by the server: " + err.Error()
		return nil
	}
	if err := plan.Judge(after); err != nil {
		return errors.New(render.Printable(fmt.Sprintf("%s: after the admission of the API server %v; nothing is printed", p.Ref.Short(), err)))
	}
	p.Server = "takes it (dry run)"
	if p.Reached() {
		p.Server += ", and it is at " + string(p.After) + " after admission"
	}
	return nil
}

func operationsOf(list []patch.Operation) []map[string]any {
	out := []map[string]any{}
	for _, o := range list {
		fields := map[string]any{"op": o.Op, "path": o.Path}
		if o.Op != "remove" {
			fields["value"] = o.Value
		}
		out = append(out, fields)
	}
	return out
}

// answer prints on stderr what there is to know. Told says the changes too.
func (o *patchOptions) answer(p *api.PodPatch, told bool) error {
	errOpts, err := o.errOptions()
	if err != nil {
		return err
	}
	return render.PatchAnswer(o.process.Streams.ErrOut, p, told, errOpts)
}
