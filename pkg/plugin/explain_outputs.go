package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/patch"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// outputFlags say how much of a report is printed.
type outputFlags struct {
	why, show        []string
	quiet, noHeaders bool
}

func (f *outputFlags) addFlags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.why, "why", nil, "Tell at length what this CHECK found: the field, who set it, and the change that mends it.")
	flags.StringSliceVar(&f.show, "show", nil, "Show these sections of the page of each workload: "+strings.Join(render.Sections(), ", ")+".")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "Print the verdicts alone.")
	flags.BoolVar(&f.noHeaders, "no-headers", false, "Print tables without their headings.")
}

// apply puts the flags into the options of the renderer. Severity is the value of --severity.
func (f *outputFlags) apply(opts *render.Options, severity string) error {
	opts.Quiet, opts.NoHeaders = f.quiet, f.noHeaders
	for _, name := range f.show {
		if !slices.Contains(render.Sections(), name) {
			return fmt.Errorf("--show: %q is none of %s", name, strings.Join(render.Sections(), ", "))
		}
		opts.Sections = append(opts.Sections, name)
	}
	docs := checkDocs()
	for _, id := range f.why {
		doc, err := findCheck(docs, id)
		if err != nil {
			return fmt.Errorf("--why: %w", err)
		}
		opts.Why = append(opts.Why, doc)
	}
	return f.conflict(opts.Format, severity)
}

// conflict finds flags of which one would have no effect.
func (f *outputFlags) conflict(format, severity string) error {
	text := render.IsText(format)
	switch {
	case f.quiet && len(f.show) > 0:
		return errors.New("--quiet and --show do not go together")
	case len(f.why) > 0 && (f.quiet || len(f.show) > 0):
		return errors.New("--why goes with neither --quiet nor --show")
	case len(f.why) > 0 && severity != "":
		return errors.New("--why and --severity do not go together: --why names what is shown")
	case f.quiet && !text:
		return fmt.Errorf("--quiet does not go with -o %s", format)
	case len(f.show) > 0 && !text:
		return fmt.Errorf("--show does not go with -o %s", format)
	}
	return nil
}

// patches lets the renderer propose changes of the objects of an inventory.
func (o *explainOptions) patches(inv *cluster.Inventory) {
	if len(o.render.Why) == 0 || !render.IsText(o.render.Format) {
		return
	}
	find := patch.Patches(inv)
	o.render.Patch = func(ref api.Ref, f api.Finding) (render.Patch, bool) {
		found, ok := find(ref, f)
		p := render.Patch{Fields: found.Fields, Body: found.Fields, Removes: found.Removes}
		if len(found.Operations) > 0 {
			p.Body, p.Type = found.Operations, "json"
		}
		return p, ok
	}
	if *o.config.Context != "" {
		o.render.Kubectl = "kubectl --context " + shellQuote(*o.config.Context)
	}
}
