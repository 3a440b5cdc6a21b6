package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// observedFlags are those of roles for what was observed.
type observedFlags struct {
	input         inputFlags
	source        sourceFlags
	widen         []string
	exact, denied bool
	bind          bool
	proof         string
}

func newObservedFlags() observedFlags { return observedFlags{input: newInputFlags()} }

// observedNames are the flags that do not go with --self.
func observedNames() []string {
	return []string{"from", "since", "until", "now", "plan", "widen", "exact", "include-denied", "bind", "proof", "filename", "kustomize", "recursive", "selector", "all-namespaces"}
}

// widenings are the words of --widen.
func widenings() []string { return []string{"names", "namespaces", "events", "finalizers"} }

func (f *observedFlags) addFlags(flags *pflag.FlagSet) {
	f.input.addFlags(flags)
	f.source.addFlags(flags)
	flags.StringSliceVar(&f.widen, "widen", nil, "Grant more than was observed: any of "+strings.Join(widenings(), ", ")+".")
	flags.BoolVar(&f.exact, "exact", false, "Grant nothing that was not observed, although the subject may need it; more than 1,024 names count as any name all the same.")
	flags.BoolVar(&f.denied, "include-denied", false, "Grant also what was refused.")
	flags.BoolVar(&f.bind, "bind", false, "Write the bindings of users and groups too; those of ServiceAccounts always are.")
	flags.StringVar(&f.proof, "proof", "", "Write the proof into this file, as JSON: every use added, denied and left out.")
}

// observedOptions are what roles are made of.
type observedOptions struct {
	sourceOptions
	flags *genRoleFlags
	input *inputOptions
	args  []string
	// again is the command that makes the same roles again.
	again    string
	subjects []roleSubject
	fit      rbac.FitOptions
}

func (f *genRoleFlags) toOptions(g *globals, args []string) (*observedOptions, error) {
	o := &observedOptions{flags: f, args: args, fit: rbac.FitOptions{Exact: f.exact, Denied: f.denied}}
	var err error
	if o.sourceOptions, err = f.source.toOptions(g); err != nil {
		return nil, err
	}
	if err := o.live.offline(f.input.local); err != nil {
		return nil, err
	}
	if f.exact && (len(f.widen) > 0 || f.denied) {
		return nil, errors.New("--exact goes with neither --widen nor --include-denied")
	}
	for _, word := range f.widen {
		switch word {
		case "names":
			o.fit.AnyName = true
		case "namespaces":
			o.fit.AnyNamespace = true
		case "events":
			o.fit.Events = true
		case "finalizers":
			o.fit.Finalizers = true
		default:
			return nil, fmt.Errorf("--widen %q is none of %s", word, strings.Join(widenings(), ", "))
		}
	}
	if err := o.named(g, args); err != nil {
		return nil, err
	}
	return o, nil
}

// named takes the subjects of flags, and prepares to read those that are workloads.
func (o *observedOptions) named(g *globals, args []string) error {
	f := o.flags
	bound, err := f.subjects()
	if err != nil {
		return err
	}
	switch {
	case f.input.selector != "" && len(args) == 0:
		return errors.New("--selector needs a TYPE, as in gen role deployments -l app=web")
	case len(bound) > 0 && f.input.allNamespaces:
		return errors.New("-A goes with none of --user, --group, --serviceaccount")
	case len(bound) > 0 && len(args) > 0:
		return errors.New("TYPE/NAME goes with none of --user, --group, --serviceaccount")
	}
	for _, s := range bound {
		o.subjects = addSubject(o.subjects, subjectOf(s, f.bind))
	}
	inputs := f.input
	if inputs.local && len(inputs.filenames) == 0 && inputs.kustomize == "" {
		if len(args) > 0 {
			return errors.New("--local needs -f or -k to find out the ServiceAccount of " + args[0] + ", or --serviceaccount NAMESPACE:NAME")
		}
		return nil
	}
	input, err := inputs.toOptions(g, args)
	if err != nil {
		return err
	}
	input.rights = true
	o.input = &input
	return nil
}

// run reads, fits, proves and prints.
func (o *observedOptions) run(ctx context.Context, opts render.Options) error {
	defer o.process.bound(logHeap())()
	if done, err := o.begin(ctx); done || err != nil {
		return err
	}
	live, err := o.readLive(ctx)
	if err != nil {
		return err
	}
	doc, err := o.observe(ctx, o.wanted())
	if err != nil {
		return err
	}
	if len(o.subjects) == 0 {
		o.subjects = o.accountsIn(doc)
	}
	if len(o.subjects) == 0 {
		return nothingBy(o.from, doc, []string{"any ServiceAccount of " + o.where()})
	}
	sets, proof, err := o.fitAll(doc, live)
	if err != nil {
		return err
	}
	if len(sets) == 0 {
		var names []string
		for _, s := range o.subjects {
			names = append(names, s.name())
		}
		return nothingBy(o.from, doc, names)
	}
	sets[0].Comment = []string{o.again}
	if err := writeProof(o.flags.proof, proof); err != nil {
		return err
	}
	if err := render.Roles(o.process.Streams.Out, sets, opts); err != nil {
		return err
	}
	return o.tell(sets)
}

// fitAll makes the set of each subject that was observed.
func (o *observedOptions) fitAll(doc *api.Observations, live *liveAccess) ([]*api.RoleSet, *api.Proof, error) {
	proof := &api.Proof{
		APIVersion: api.Version, Kind: api.KindProof, Subjects: []api.SubjectProof{}, Window: doc.Window, Sources: doc.Sources,
	}
	var sets []*api.RoleSet
	o.fit.Live = live.policyInForce()
	for _, s := range o.subjects {
		access := s.accessIn(doc)
		if len(access) == 0 {
			continue
		}
		fitted, err := rbac.Fit(s.id, access, o.fit)
		if err != nil {
			return nil, nil, err
		}
		if p := fitted.Proof; len(o.subjects) == 1 && p.Observed+len(p.Added)+len(p.LeftOut)+len(p.Inexpressible) == 0 {
			return nil, nil, errAllDenied(&p)
		}
		s.nameRoles(fitted.Roles)
		if starts, known := observation.Starts(doc, access); known && s.isAccount() {
			fitted.Proof.Starts = &starts
		}
		answer := &api.RoleAnswer{
			Proof: fitted.Proof, UsedBy: s.usedBy, Others: s.others, Window: doc.Window, Gaps: observation.Gaps(doc),
			LastNew: observation.LastNew(access), Sources: doc.Sources, Blind: observation.Blind(doc.Sources...),
			Uncreated: fitted.Blank, Made: fitted.Made,
		}
		for i := range access {
			answer.Requests += access[i].Requests
			if slices.Contains(access[i].Groups, rbac.Masters) {
				answer.Unlimited = access[i].User + " is in the group " + rbac.Masters + ", which may do everything whatever roles say"
			}
		}
		live.describe(answer, s, s.seen(access), fitted.Roles)
		sets = append(sets, &api.RoleSet{Answer: answer, Roles: fitted.Roles, Subjects: s.bound})
		proof.Subjects = append(proof.Subjects, fitted.Proof)
	}
	proof.Sum()
	return sets, proof, nil
}

// errAllDenied is for a subject all of whose requests were refused.
func errAllDenied(p *api.SubjectProof) error {
	return fmt.Errorf("nothing that %s tried was allowed, such as %s; --include-denied grants it", render.Printable(p.Subject), render.Printable(p.Denied[0].Use))
}

// tell says beside the YAML what there is to know, and what comes next.
func (o *observedOptions) tell(sets []*api.RoleSet) error {
	opts, err := o.errOptions()
	if err != nil {
		return err
	}
	return render.RoleAnswers(o.process.Streams.ErrOut, sets, opts)
}

// writeProof writes a proof into the file of --proof, where there is one.
func writeProof(file string, proof *api.Proof) error {
	switch file {
	case "":
		return nil
	case "-":
		return errors.New("--proof needs a file: the standard output has the YAML")
	}
	return writePrivate(file, func(w io.Writer) error { return encodeIndented(w, proof) })
}

// mostUsers is how many users an error names.
const mostUsers = 3

// nothingBy says that sources hold nothing by anybody named, and what they hold.
func nothingBy(from []string, doc *api.Observations, names []string) error {
	var events int64
	for i := range doc.Sources {
		events += doc.Sources[i].Parsed
	}
	users := requestsByUser(doc)
	var seen []string
	for _, u := range users[:min(mostUsers, len(users))] {
		seen = append(seen, fmt.Sprintf("%s %sx", u.name, render.Number(u.requests)))
	}
	if more := len(users) - mostUsers; more > 0 {
		seen = append(seen, render.Number(int64(more))+" more")
	}
	text := fmt.Sprintf("%s: nothing by %s in %s of %s", strings.Join(from, ", "), strings.Join(names, ", "),
		render.Counted(events, "event"), render.Counted(int64(len(users)), "user"))
	if len(seen) > 0 {
		text += ": " + strings.Join(seen, ", ")
	}
	return errors.New(render.Printable(text))
}

// userRequests is a user, and how many requests there were.
type userRequests struct {
	name     string
	requests int64
}

// requestsByUser are all users, the busiest first.
func requestsByUser(doc *api.Observations) []userRequests {
	var users []userRequests
	for _, a := range doc.Access { // sorted by user
		if last := len(users) - 1; last >= 0 && users[last].name == a.User {
			users[last].requests += a.Requests
		} else {
			users = append(users, userRequests{a.User, a.Requests})
		}
	}
	slices.SortStableFunc(users, func(a, b userRequests) int { return cmp.Compare(b.requests, a.requests) })
	return users
}
