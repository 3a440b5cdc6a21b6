package assess

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

const kindServiceAccount = rbacv1.ServiceAccountKind

// subject is a shape with everything that checks may know of it.
func (a *assessor) subject(w *workload.Workload, shape *workload.Shape, ctx workload.Context) check.Subject {
	s := check.NewSubject(shape, ctx, a.policy)
	if isMirror(shape.Meta) {
		return s
	}
	known := a.access.account(w.Ref.Namespace, workload.AccountName(shape.Spec))
	s.Account = &check.Account{
		Namespace: known.namespace, Name: known.name, Powers: known.powers, Rights: known.rights,
		Fact: a.access.fact, Written: a.written(known.accountKey), AdmitsPrivileged: a.admitsPrivileged,
	}
	if len(a.access.unread) > 0 {
		s.Account.Unread = a.access.unread[0].Resource
	}
	if len(known.absent) > 0 {
		s.Account.Fact, s.Account.Written, s.Account.Unread = workload.FactUnknown, false, known.absent[0].role
	}
	return s
}

// isMirror tells the mirror of a static pod, which has no account.
func isMirror(meta *metav1.ObjectMeta) bool {
	_, mirror := meta.Annotations[corev1.MirrorPodAnnotationKey]
	return mirror
}

// written tells that files which hold bindings define the account.
func (a *assessor) written(key accountKey) bool {
	return a.access.fact == workload.FactAbsent && a.access.bindings > 0 &&
		a.inv.Account(key.namespace, key.name).Fact == workload.FactYes
}

// admitsPrivileged tells whether the labels of a namespace let privileged pods in: without
// the label they do, unless the API server's configuration says otherwise. Of a namespace that
// was not read it is false.
func (a *assessor) admitsPrivileged(namespace string) bool { return admitsPrivileged(a.inv, namespace) }

func admitsPrivileged(inv *cluster.Inventory, namespace string) bool {
	known := inv.Namespace(namespace)
	if known.Fact != workload.FactYes {
		return false
	}
	level := known.Value.Labels[podSecurityPrefix+"enforce"]
	return level != string(api.LevelBaseline) && level != string(api.LevelRestricted)
}

// situation is what is known of a workload, but for the findings.
func (a *assessor) situation(item *api.Item, w *workload.Workload, shapes []*workload.Shape, ctx workload.Context) *situation {
	s := &situation{assessor: a, w: w, item: item}
	s.shapes = slices.DeleteFunc(slices.Clone(shapes), func(shape *workload.Shape) bool { return isMirror(shape.Meta) })
	if len(s.shapes) > 0 {
		s.accounts(ctx)
		item.Identity = a.identityOf(w, s.account, s.shapes, ctx)
		for _, other := range s.others {
			item.Identity.Also = append(item.Identity.Also, other.name)
		}
	}
	return s
}

// accounts finds those that templates and live pods act as. Of several, that one decides which
// code gets most by: one whose token it holds, with the worst powers.
func (s *situation) accounts(ctx workload.Context) {
	page := s.w.Ref.Kind == kindServiceAccount
	holds := map[*account]bool{}
	var all []*account
	for _, shape := range s.shapes {
		known := s.access.account(s.w.Ref.Namespace, workload.AccountName(shape.Spec))
		if !slices.Contains(all, known) {
			all = append(all, known)
		}
		holds[known] = holds[known] || page || len(check.Tokens(check.Subject{Shape: shape, Context: ctx})) > 0
	}
	rank := func(known *account) int {
		worst := 0
		for _, p := range known.powers {
			_, severity := check.GradePower(p)
			worst = max(worst, severity.Rank())
		}
		if holds[known] {
			worst += 100
		}
		return worst
	}
	slices.SortStableFunc(all, func(x, y *account) int { return rank(y) - rank(x) })
	s.account, s.others, s.tokens = all[0], all[1:], holds[all[0]]
}

// identify adds to the item what its account may do, what follows from it, and who can
// become it.
func (s *situation) identify(ctx workload.Context) {
	item := s.item
	item.Rights, item.Becomers, item.Secrets = []api.Right{}, []api.Becomer{}, []api.SecretUse{}
	if s.w.Ref.Kind != kindServiceAccount {
		item.Secrets, item.Mounts = s.secrets(s.w), mountsOf(s.shapes)
	}
	if s.account != nil {
		item.Rights = rightsOf(s.account, s.stands, s.all)
		for _, other := range s.others {
			item.Rights = append(item.Rights, rightsOf(other, s.stands, s.all)...)
		}
		item.Becomers = s.access.becomers(s.w, s.account.name, s.owners(s.w), s.refs, s.tokenSecrets())
	}
	item.Becomers = append(item.Becomers, s.rootOnNodes(s.w)...)
	s.raise()
	item.Outcomes = s.outcomes(ctx)
}

// tokenSecrets are the Secrets that hold a token of the account, as far as they were listed.
func (s *situation) tokenSecrets() []string {
	var names []string
	for _, secret := range s.inv.Secrets() {
		if secret.Namespace == s.w.Ref.Namespace && secret.Account == s.account.name {
			names = append(names, secret.Name)
		}
	}
	return names
}

func (a *assessor) identityOf(w *workload.Workload, known *account, shapes []*workload.Shape, ctx workload.Context) *api.Identity {
	id := &api.Identity{
		Account: known.name, Tokens: []string{}, UsedBy: []api.Ref{}, Everybody: known.everybody, Unknown: a.access.unknowns(known.namespace),
	}
	for _, shape := range shapes {
		id.Tokens = append(id.Tokens, check.Tokens(check.Subject{Shape: shape, Context: ctx})...)
	}
	id.Tokens = set(id.Tokens)
	for _, ref := range a.users[known.accountKey] {
		if ref != w.Ref {
			id.UsedBy = append(id.UsedBy, ref)
		}
	}
	return id
}

// usersOf finds which workloads act as which account, by templates and by live pods.
func usersOf(inv *cluster.Inventory, workloads []*workload.Workload) map[accountKey][]api.Ref {
	users := map[accountKey][]api.Ref{}
	add := func(ref api.Ref, spec *corev1.PodSpec) {
		key := accountKey{ref.Namespace, workload.AccountName(spec)}
		if !slices.Contains(users[key], ref) {
			users[key] = append(users[key], ref)
		}
	}
	for _, w := range workloads {
		for _, t := range w.Templates {
			add(w.Ref, t.Spec)
		}
	}
	for _, pod := range inv.LivePods() {
		if !isMirror(&pod.ObjectMeta) {
			add(inv.WorkloadOf(pod), &pod.Spec)
		}
	}
	for _, refs := range users {
		slices.SortFunc(refs, api.Ref.Compare)
	}
	return users
}

// owners are the workload and what stands between it and its pods.
func (a *assessor) owners(w *workload.Workload) []api.Ref {
	if w.Ref.Kind == kindServiceAccount {
		return a.users[accountKey{w.Ref.Namespace, w.Ref.Name}]
	}
	owners := []api.Ref{w.Ref}
	for _, pod := range w.Pods {
		ref := metav1.GetControllerOfNoCopy(pod)
		if ref == nil {
			continue
		}
		owner := api.Ref{APIVersion: ref.APIVersion, Kind: ref.Kind, Namespace: w.Ref.Namespace, Name: ref.Name}
		if !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	return owners
}

// accountWorkloads are the accounts asked for, each as a workload without containers.
func (a *assessor) accountWorkloads() []*workload.Workload {
	var out []*workload.Workload
	for _, ref := range a.opts.Accounts {
		w := &workload.Workload{Ref: ref, Meta: &metav1.ObjectMeta{Namespace: ref.Namespace, Name: ref.Name}}
		if known := a.inv.Account(ref.Namespace, ref.Name); known.Fact == workload.FactYes {
			w.Meta = &known.Value.ObjectMeta
		}
		w.Templates = []workload.Template{{Meta: &metav1.ObjectMeta{}, Spec: &corev1.PodSpec{ServiceAccountName: ref.Name}}}
		out = append(out, w)
	}
	slices.SortFunc(out, func(x, y *workload.Workload) int { return strings.Compare(x.Ref.Name, y.Ref.Name) })
	return out
}
