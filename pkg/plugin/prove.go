package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// proveFlags are what the command line says.
type proveFlags struct {
	filenames []string
	recursive bool
	local     bool
	source    sourceFlags
	subjects  genRoleFlags
	cni       string
	output    string
}

func newProveCommand(g *globals) *cobra.Command {
	f := &proveFlags{output: "text"}
	cmd := &cobra.Command{
		Use:                   "prove -f FILE --from SOURCE",
		DisableFlagsInUseLine: true,
		Short:                 "Tell whether roles or policies you wrote cover what was observed",
		Long: templates.LongDesc(`
			Tell whether roles or NetworkPolicies that you wrote or edited allow everything that was
			observed: what would be refused, with the rule that comes nearest, and what is granted and
			was never seen.

			The roles and bindings of the files are judged alone, for every subject that they bind; of
			roles without bindings, for the one that a flag names. A role that they bind and do not hold
			is that of the cluster, or without one the view, edit, admin or cluster-admin of Kubernetes.
			SOURCE is as in gen role.

			NetworkPolicies are judged as the cluster would be with the files applied: together with the
			other policies in force, in place of those of the same name, for every workload that they
			select. SOURCE is as in gen netpol; its addresses are resolved with what the cluster says now.
			With --local, or a snapshot, that comes from -f too: files that hold policies alone are
			judged, what the others hold is taken as the cluster. Traffic of nodes and of addresses that
			nobody has now counts as any other.

			Exit codes: 0 all that was observed is allowed; 1 a use that was observed would be refused,
			or one that the server is known to check beside it; 2 could not answer, as nothing could be
			read, nothing was observed, a use cannot be judged, or the API server refuses a policy.`),
		Example: templates.Examples(`
			# Does the role still cover what was seen, after I edited it?
			kubectl harden prove -f edited.yaml --from audit.log

			# A role without a binding
			kubectl harden prove -f role.yaml --serviceaccount shop:cart --from audit.log

			# Would the policies that I edited cut anything that Hubble saw?
			kubectl harden prove -f netpol.yaml --from flows.json

			# The same without a cluster: its objects are in a file
			kubectl harden prove -f cluster.json -f netpol.yaml --from flows.json --local`),
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), g) },
	}
	g.planners[cmd] = func([]string) (*self, error) { return f.plan(g) }
	f.addProveFlags(cmd)
	return cmd
}

// plan is what judging the files needs.
func (f *proveFlags) plan(g *globals) (*self, error) {
	if f.local {
		return &self{}, nil
	}
	if policies, err := f.planPolicies(context.Background(), g); policies != nil || err != nil {
		return policies, err
	}
	sources, err := f.source.toOptions(g)
	if err != nil {
		return nil, err
	}
	input, err := rightsInput(g)
	if err != nil {
		return nil, err
	}
	out, err := input.plan(true)
	out.needs = append(out.needs, sources.live.needs()...)
	return out, err
}

func (f *proveFlags) addProveFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.filenames, "filename", "f", nil, "A file, folder or - with roles and bindings, or with NetworkPolicies. URLs are refused.")
	flags.BoolVarP(&f.recursive, "recursive", "R", false, "Read the folders of -f with their subfolders.")
	flags.BoolVar(&f.local, "local", false, "Ask no server what is in force besides. NetworkPolicies then need the objects of the cluster among those of -f.")
	f.source.addFileFlags(flags, "A file, folder or - with audit logs, flows or Observations, plain, gzip or zstd; or audit for the logs of the cluster's API servers. Repeatable.")
	f.source.live.addFlags(flags)
	flags.StringArrayVar(&f.subjects.users, "user", nil, "Judge roles without bindings as if they were bound to this user.")
	flags.StringArrayVar(&f.subjects.groups, "group", nil, "Judge roles without bindings as if they were bound to this group.")
	flags.StringArrayVar(&f.subjects.accounts, "serviceaccount", nil, "Judge roles without bindings as if they were bound to this ServiceAccount, as NAMESPACE:NAME.")
	flags.StringVar(&f.cni, "cni", "", "The network plugin that enforces NetworkPolicies: "+strings.Join(assess.Plugins(), ", ")+". The default is what the cluster shows.")
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.JudgementFormats(), ", ")+".")
	for name, complete := range map[string]cobra.CompletionFunc{"output": words(render.JudgementFormats()...), "cni": words(assess.Plugins()...)} {
		_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails for a flag without a name alone
	}
}

var errNoRoles = errors.New("-f FILE is missing: the roles and bindings, or the NetworkPolicies, to judge")

func (f *proveFlags) run(ctx context.Context, g *globals) error {
	if len(f.filenames) == 0 {
		return errNoRoles
	}
	if err := render.ValidateJudgementFormat(f.output); err != nil {
		return err
	}
	opts, err := g.renderOptions(f.output)
	if err != nil {
		return err
	}
	sources, err := f.source.toOptions(g)
	if err == nil {
		err = sources.live.offline(f.local)
	}
	if err != nil {
		return err
	}
	files, err := f.load(ctx, g)
	if err != nil {
		return err
	}
	if policies, err := files.ofPolicies(); policies || err != nil {
		if err != nil {
			return err
		}
		return f.runPolicies(ctx, g, files, opts)
	}
	return f.runRoles(ctx, g, files, &sources, opts)
}

func (f *proveFlags) load(ctx context.Context, g *globals) (*judgedFiles, error) {
	objects, problems, err := cluster.Load(ctx, cluster.LoadOptions{Filenames: f.filenames, Recursive: f.recursive, Stdin: g.process.Streams.In})
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems[0]
	}
	return sortFiles(objects), nil
}

func (f *proveFlags) runRoles(ctx context.Context, g *globals, files *judgedFiles, sources *sourceOptions, opts render.Options) error {
	defer g.process.bound(logHeap())()
	if done, err := sources.begin(ctx); done || err != nil {
		return err
	}
	written, err := f.read(g, files)
	if err != nil {
		return err
	}
	live := f.live(ctx, g)
	if err := written.complete(live); err != nil {
		return err
	}
	subjects := written.subjects()
	doc, err := sources.observe(ctx, func(user string, groups []string) bool {
		return slices.ContainsFunc(subjects, func(s roleSubject) bool { return s.did(user, groups) })
	})
	if err != nil {
		return err
	}
	judgement, err := f.judge(written, live, doc)
	if err != nil {
		return err
	}
	if err := render.Judgement(g.process.Streams.Out, judgement, opts); err != nil {
		return err
	}
	return outcomeOf(judgement)
}

// outcomeOf is the error for a negative answer, and for one that could not be given.
func outcomeOf(j *api.Judgement) error {
	if slices.ContainsFunc(j.Proof.Subjects, func(p api.SubjectProof) bool { return len(p.Refused) > 0 }) {
		return errNegative
	}
	for _, p := range j.Proof.Subjects {
		if len(p.Inexpressible) > 0 {
			return errors.New(render.Printable("cannot judge all that " + p.Subject + " did: " + p.Inexpressible[0].Use + ": " + p.Inexpressible[0].Reason))
		}
	}
	return nil
}

// read takes the roles and bindings, and binds to those whom flags name.
func (f *proveFlags) read(g *globals, files *judgedFiles) (*roleFiles, error) {
	namespace, err := g.namespace(f.local)
	if err != nil {
		return nil, err
	}
	flagged, err := f.subjects.subjects()
	if err != nil {
		return nil, err
	}
	set := newRoleFiles(namespace)
	for _, o := range files.objects {
		set.add(o)
	}
	if set.roles()+set.bindings() == 0 {
		return nil, fmt.Errorf("%s holds no Role, no ClusterRole, no binding and no NetworkPolicy", strings.Join(f.filenames, ", "))
	}
	if set.bindings() == 0 {
		if len(flagged) == 0 {
			return nil, fmt.Errorf("%s binds its roles to nobody: add a binding, or name the subject with --serviceaccount, --user or --group", strings.Join(f.filenames, ", "))
		}
		set.bind(flagged)
	} else if len(flagged) > 0 {
		return nil, errors.New("the files hold bindings, which say whom they are for: leave out --serviceaccount, --user and --group")
	}
	return set, nil
}

// judge asks about every subject that was observed.
func (f *proveFlags) judge(written *roleFiles, live *liveAccess, doc *api.Observations) (*api.Judgement, error) {
	j := &api.Judgement{
		Blind: observation.Blind(doc.Sources...),
		Files: f.filenames, Borrowed: written.borrowed, Unread: live.unread,
		Proof: api.Proof{APIVersion: api.Version, Kind: api.KindProof, Subjects: []api.SubjectProof{}, Window: doc.Window, Sources: doc.Sources},
	}
	policy := rbac.New(written.objects)
	opts := rbac.JudgeOptions{Live: live.policyInForce(), Where: written.where}
	var names []string
	for _, s := range written.subjects() {
		names = append(names, s.name())
		access := s.accessIn(doc)
		if len(access) == 0 {
			j.NotSeen = append(j.NotSeen, s.id.Words())
			continue
		}
		judged := rbac.Judge(policy, s.id, access, opts)
		j.Proof.Subjects = append(j.Proof.Subjects, judged.Proof)
		j.Unseen = append(j.Unseen, judged.Unseen)
		j.Likely = append(j.Likely, judged.Likely)
		j.StillAllowed = append(j.StillAllowed, live.allowing(judged.Refused, written))
	}
	if len(j.Proof.Subjects) == 0 {
		return nil, nothingBy(f.source.from, doc, names)
	}
	j.Proof.Sum()
	return j, nil
}
