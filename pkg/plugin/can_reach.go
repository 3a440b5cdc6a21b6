package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// canReachFlags are what the command line says.
type canReachFlags struct {
	input       inputFlags
	toNamespace string
	quiet       bool
}

func newCanReachCommand(g *globals) *cobra.Command {
	f := &canReachFlags{input: newInputFlags()}
	cmd := &cobra.Command{
		Use:                   "can-reach FROM TO[:PORT] [-f FILE | -k FOLDER]",
		DisableFlagsInUseLine: true,
		Short:                 "Tell whether NetworkPolicies let one end reach another",
		Long: templates.LongDesc(`
			Tell whether NetworkPolicies let one end of a connection reach another, and which rules
			decide: those that let it leave the one, and those that let it into the other.

			An end is TYPE/NAME of a pod or a workload, service/NAME, namespace/NAME, an address, a
			block of addresses, or the word internet. A port is a number or the name of a container's
			port, with /UDP or /SCTP where it is not TCP; that of a Service is the Service's own, and
			leads to the pods' port, each pod's own where it has a name. A headless Service leads to
			the port that is dialled, one without a selector where its EndpointSlices say. Without a
			port all ports count.

			Judged are NetworkPolicies of networking.k8s.io/v1, as they are written: whether the
			network plugin enforces them is not tested. Policies of Cilium, Calico and AdminNetworkPolicy
			are not looked at.

			Exit codes: 0 yes; 1 no, or for some pods, addresses or ports alone; 2 could not answer, as
			something could not be read or the network plugin decides.`),
		Example: templates.Examples(`
			# Can cart reach redis?
			kubectl harden can-reach deploy/cart sts/redis:6379 -n shop

			# By the Service, from another namespace
			kubectl harden can-reach deploy/web svc/api:80 -n shop --to-namespace payments

			# Does anything keep a pod from the address where clouds give credentials?
			kubectl harden can-reach pod/web-0 169.254.169.254 -n shop

			# Manifests before they are applied, with no cluster
			kubectl harden can-reach internet deploy/web:8080 -f app.yaml --local`),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errEnds(args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), g, args) },
	}
	g.planners[cmd] = f.planner(g)
	flags := cmd.Flags()
	f.input.addFlags(flags)
	for _, name := range []string{"selector", "all-namespaces"} {
		flags.Lookup(name).Hidden = true
	}
	flags.StringVar(&f.toNamespace, "to-namespace", "", "The namespace of TO, where it is another than that of FROM.")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "Print yes or no alone.")
	return cmd
}

// toOptions reads both ends, and finds the namespace of each.
func (f *canReachFlags) toOptions(g *globals, args []string) (o inputOptions, sides [2]assess.Side, err error) {
	for i := range sides {
		if sides[i].End, err = assess.ParseEnd(args[i]); err != nil {
			return o, sides, err
		}
	}
	if sides[0].Port != "" {
		return o, sides, fmt.Errorf("%q: the port belongs to TO", args[0])
	}
	if f.input.allNamespaces || f.input.selector != "" {
		return o, sides, errors.New("can-reach takes neither -A nor -l")
	}
	if o, err = f.input.toOptions(g, nil); err != nil {
		return o, sides, err
	}
	o.traffic = true
	sides[0].Namespace, sides[1].Namespace = o.namespace, cmp.Or(f.toNamespace, o.namespace)
	for i := range sides {
		if sides[i].IsNamespace() {
			sides[i].Namespace = sides[i].Name
		}
	}
	return o, sides, nil
}

// planner says what reading the namespaces of both ends needs.
func (f *canReachFlags) planner(g *globals) planner {
	return func(args []string) (*self, error) {
		if len(args) != 2 {
			return nil, errEnds(args)
		}
		o, sides, err := f.toOptions(g, args)
		if err != nil {
			return nil, err
		}
		out := &self{}
		for _, side := range sides {
			o.namespace = side.Namespace
			one, err := o.plan(true)
			if err != nil {
				return nil, err
			}
			out.needs, out.collects = append(out.needs, one.needs...), one.collects
		}
		return out, nil
	}
}

func errEnds(args []string) error {
	return fmt.Errorf("can-reach takes two ends, FROM and TO[:PORT]; got %d", len(args))
}

func (f *canReachFlags) run(ctx context.Context, g *globals, args []string) error {
	o, sides, err := f.toOptions(g, args)
	if err != nil {
		return err
	}
	if err := f.read(ctx, o, &sides); err != nil {
		return err
	}
	answer, err := assess.CanReach(sides[0], sides[1])
	if err != nil {
		return err
	}
	opts, err := g.renderOptions("text")
	if err != nil {
		return err
	}
	opts.Quiet = f.quiet
	if err := render.Reachability(g.process.Streams.Out, answer, opts); err != nil {
		return err
	}
	switch {
	case answer.Allowed == "unknown":
		return fmt.Errorf("not all is known: %s", answer.Unknown[0])
	case answer.Allowed == "depends":
		return errors.New("the network plugin decides")
	case answer.Allowed != "yes":
		return errNegative
	}
	return nil
}

// read reads what is needed of both ends; those of one namespace share it.
func (f *canReachFlags) read(ctx context.Context, o inputOptions, sides *[2]assess.Side) error {
	for i := range sides {
		if i == 1 && (o.fromFiles() || sides[1].Namespace == sides[0].Namespace) {
			sides[1].Inventory = sides[0].Inventory
			continue
		}
		o.namespace = sides[i].Namespace
		in, err := o.read(ctx)
		if err != nil {
			return err
		}
		if err := in.problem(); err != nil {
			return err
		}
		sides[i].Inventory = in.inventory
	}
	return nil
}
