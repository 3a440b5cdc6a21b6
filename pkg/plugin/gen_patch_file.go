package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/patch"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// mostEdited is how large a file may be that is edited, in bytes.
const mostEdited = 64 << 20

// runFile hands back the text of a file with the changes. Of a snapshot it makes patches, as of
// live objects.
func (o *patchOptions) runFile(ctx context.Context, opts render.Options) error {
	data, err := o.fileText()
	if err != nil {
		return err
	}
	in, err := o.input.read(ctx)
	switch {
	case err != nil:
		return err
	case o.input.replayed:
		return o.runLive(ctx, &in, opts)
	case !strings.EqualFold(o.output, "yaml"):
		return fmt.Errorf("-o %s does not go with -f: the text of the file is handed back as it is written", o.output)
	}
	text := patch.NewText(data)
	var patches []*api.PodPatch
	problems := in.problems
	policy, beyond := o.policy(in.inventory), o.beyond(in.inventory, in.selected)
	for _, w := range in.inventory.Workloads() {
		if in.selected != nil && !slices.Contains(in.selected, w.Ref) || w.Source.File == "" {
			continue
		}
		plan := patch.To(w, o.level, policy)
		p := o.patchOf(&plan, in.inventory, beyond)
		object, err := text.Edit(&plan, w.Source.Line)
		if err != nil {
			problems = append(problems, errors.New(render.Printable(fmt.Sprintf("%s: %v", w.Ref.Short(), err))))
			continue
		}
		if err := o.serverTestFile(ctx, &plan, p, in.inventory, object); err != nil {
			return err
		}
		patches = append(patches, p)
	}
	if len(patches) == 0 {
		if len(problems) == 0 {
			problems = []error{fmt.Errorf("%s holds no workload", render.Printable(o.input.filenames[0]))}
		}
		return conclude(o.process, problems, nil)
	}
	if _, err := o.process.Streams.Out.Write(text.Bytes()); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	for _, p := range patches {
		if err := o.answer(p, true); err != nil {
			return err
		}
	}
	return conclude(o.process, problems, notReached(patches))
}

// serverTestFile asks the API server what it would make of an object with the changes, were it
// created: where one was asked for its version.
func (o *patchOptions) serverTestFile(ctx context.Context, plan *patch.Plan, p *api.PodPatch, inv *cluster.Inventory, object map[string]any) error {
	if o.input.local || inv.Server == "" || len(plan.Changes) == 0 {
		return nil
	}
	object = runtime.DeepCopyJSON(object)
	patch.Unsaved(object)
	return o.serverTest(plan, p, func(c cluster.Connection) (map[string]any, error) {
		return cluster.DryRunCreate(ctx, c, plan.Ref, object)
	})
}

// fileText reads the file of -f. What was read of the standard input is given to whoever reads it
// next.
func (o *patchOptions) fileText() ([]byte, error) {
	name := o.input.filenames[0]
	from := o.process.Streams.In
	if name != "-" {
		if strings.Contains(name, "://") {
			return nil, nil // the loader says why not
		}
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s is a folder: -f takes one file here, whose text is handed back", name)
		}
		from = file
	}
	data, err := io.ReadAll(io.LimitReader(from, mostEdited+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(data) > mostEdited:
		return nil, fmt.Errorf("%s is over 64 MB", name)
	}
	if name == "-" {
		g := *o.globals
		g.process.Streams.In = bytes.NewReader(data)
		o.input.globals = &g
	}
	return data, nil
}

// notReached is the error for workloads that do not come to the level; nil where all do.
func notReached(patches []*api.PodPatch) error {
	var names []string
	var goal api.Level
	for _, p := range patches {
		if !p.Reached() {
			names, goal = append(names, p.Ref.Short()), p.Goal
		}
	}
	if len(names) == 0 {
		return nil
	}
	return errors.New(render.Printable(fmt.Sprintf("%s of %s not reached by fields: %s", goal, workload.Plural(len(names), "workload"), strings.Join(names, ", "))))
}
