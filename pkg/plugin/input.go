package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// inputFlags say which workloads are meant, as in kubectl.
type inputFlags struct {
	filenames     []string
	kustomize     string
	recursive     bool
	selector      string
	allNamespaces bool
	local         bool
	chunkSize     int64
}

func newInputFlags() inputFlags { return inputFlags{chunkSize: 500} }

func (f *inputFlags) addFlags(flags *pflag.FlagSet) {
	f.addFileFlags(flags, "A file, folder or - with manifests. URLs are refused.")
	flags.StringVarP(&f.kustomize, "kustomize", "k", "", "A kustomization folder. Remote bases are refused.")
	flags.StringVarP(&f.selector, "selector", "l", "", "Label selector on the workloads, such as app=web or tier!=db.")
	flags.BoolVarP(&f.allNamespaces, "all-namespaces", "A", false, "All namespaces.")
}

// addFileFlags adds those that say where objects are read from; filename is what -f is said to
// take.
func (f *inputFlags) addFileFlags(flags *pflag.FlagSet, filename string) {
	flags.StringSliceVarP(&f.filenames, "filename", "f", nil, filename)
	flags.BoolVarP(&f.recursive, "recursive", "R", false, "Read the folders of -f with their subfolders.")
	flags.BoolVar(&f.local, "local", false, "Judge files alone and ask no server.")
	flags.Int64Var(&f.chunkSize, "chunk-size", f.chunkSize, "List in chunks of this many objects; 0 turns chunks off.")
}

// inputOptions are where workloads are read from.
type inputOptions struct {
	*globals
	inputFlags
	namespace string
	targets   []cluster.Target
	args      []string
	// replayed is set once -f turned out to be a snapshot: what was read came from a server.
	replayed bool
	// traffic reads what decides who reaches whom alone.
	traffic bool
	// flows reads what observed flows are resolved with, and policies written.
	flows bool
	// callers reads besides who calls workloads by configuration, such as webhooks.
	callers bool
	// configured reads besides the ConfigMaps that workloads are configured with.
	configured bool
	// rights reads who may do what, and the workloads beside the targets, alone.
	rights bool
	// alone reads the workloads with their pods, and nothing around them.
	alone bool
	// secrets are read for their names, types, numbers of keys and times.
	secrets bool
}

// input is what was read.
type input struct {
	inventory *cluster.Inventory
	selected  []api.Ref
	problems  []error
	pages     cluster.Pages
}

// mostProblems is how many an error names.
const mostProblems = 3

// problem is an error where something could not be used, and nil where all could.
func (in *input) problem() error {
	errs := in.problems[:min(mostProblems, len(in.problems))]
	if more := len(in.problems) - len(errs); more > 0 {
		errs = append(slices.Clone(errs), fmt.Errorf("%d more objects cannot be used", more))
	}
	return errors.Join(errs...)
}

func inputOf(got *cluster.Collected) input {
	return input{got.Inventory, got.Selected, got.Problems, got.Pages}
}

func (f *inputFlags) toOptions(g *globals, args []string) (inputOptions, error) {
	o := inputOptions{globals: g, inputFlags: *f, args: args}
	targets, err := parseTargets(args)
	if err != nil {
		return o, err
	}
	o.targets = targets
	if err := o.validate(); err != nil {
		return o, err
	}
	if o.namespace, err = g.namespace(f.local); err != nil {
		return o, err
	}
	return o, nil
}

func (o *inputOptions) validate() error {
	named := slices.ContainsFunc(o.targets, func(t cluster.Target) bool { return t.Name != "" })
	switch {
	case o.local && !o.fromFiles():
		return errors.New("--local needs -f or -k: without a server there is nothing else to read")
	case o.kustomize != "" && (len(o.filenames) > 0 || o.recursive):
		return errors.New("-k goes with neither -f nor -R")
	case named && o.allNamespaces && !o.fromFiles():
		return errNamedEverywhere
	case named && o.selector != "":
		return errors.New("a name and a selector do not go together")
	case o.chunkSize < 0:
		return fmt.Errorf("--chunk-size %d is negative", o.chunkSize)
	}
	if _, err := labels.Parse(o.selector); err != nil {
		return fmt.Errorf("--selector: %w", err)
	}
	return nil
}

func (o *inputOptions) fromFiles() bool { return len(o.filenames) > 0 || o.kustomize != "" }

// parseTargets reads TYPE/NAME …, TYPE NAME … and TYPE[,TYPE].
func parseTargets(args []string) ([]cluster.Target, error) {
	var targets []cluster.Target
	if len(args) == 0 {
		return nil, nil
	}
	if strings.Contains(args[0], "/") {
		for _, arg := range args {
			kind, name, found := strings.Cut(arg, "/")
			if !found || kind == "" || name == "" || strings.Contains(name, "/") {
				return nil, fmt.Errorf("%q is not of the form TYPE/NAME", arg)
			}
			targets = append(targets, cluster.Target{Type: kind, Name: name})
		}
		return targets, nil
	}
	for kind := range strings.SplitSeq(args[0], ",") {
		if kind == "" {
			return nil, fmt.Errorf("%q has an empty TYPE", args[0])
		}
		if len(args) == 1 {
			targets = append(targets, cluster.Target{Type: kind})
		}
		for _, name := range args[1:] {
			if strings.Contains(name, "/") {
				return nil, fmt.Errorf("%q: TYPE/NAME and TYPE NAME do not mix", name)
			}
			targets = append(targets, cluster.Target{Type: kind, Name: name})
		}
	}
	return targets, nil
}

// read loads files, or collects from the API server.
func (o *inputOptions) read(ctx context.Context) (input, error) {
	if o.fromFiles() {
		return o.load(ctx)
	}
	conn, err := o.connect(o.chunkSize)
	if err != nil {
		return input{}, err
	}
	got, err := cluster.Collect(ctx, conn, o.query())
	if err != nil {
		return input{}, err
	}
	return inputOf(got), nil
}

// scope says what was asked for.
func (o *inputOptions) scope() api.Scope {
	s := api.NewReport().Scope
	s.Selector = o.selector
	s.Targets = append(s.Targets, o.args...)
	if !o.replayed {
		s.Files = append(s.Files, o.filenames...)
	}
	if o.kustomize != "" {
		s.Files = append(s.Files, o.kustomize)
	}
	switch {
	case o.fromFiles() && !o.replayed:
	case o.allNamespaces:
		s.AllNamespaces = true
	default:
		s.Namespaces = append(s.Namespaces, o.namespace)
	}
	return s
}
