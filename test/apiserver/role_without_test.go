package apiserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// lacking is a fleet whose roles lack one rule, or a verb of one.
type lacking struct {
	fleet

	manifest string
	// missing is what the roles lack.
	missing rbacv1.PolicyRule
	refused []string
}

// withoutEach gives the roles to fleets of their own, each without one rule or one verb, and
// finds that each is refused something, but for what was said to be added.
func (p *place) withoutEach(steps []step, made generated) {
	all := p.lackings(made.yaml)
	p.grant(all)
	group, ctx := errgroup.WithContext(p.Context())
	group.SetLimit(4)
	for i := range all {
		group.Go(func() error { return p.runLacking(ctx, &all[i], steps) })
	}
	if err := group.Wait(); err != nil {
		p.Fatal(err)
	}
	var users []string
	for _, l := range all {
		users = append(users, l.user(operator))
	}
	logged := p.control.AuditRequestsOf(p.T, users...)
	for _, l := range all {
		l.judge(p, refusals(logged[l.user(operator)]), made.proof.Subjects)
	}
	p.Logf("%d rules and verbs were left out, each by itself", len(all))
	if len(all) < 90 {
		p.Error("that is few")
	}
}

// lackings are copies of a manifest without one of its rules, or a verb of one of several.
func (p *place) lackings(printed string) []lacking {
	p.Helper()
	lines := strings.Split(printed, "\n")
	var all []lacking
	add := func(missing rbacv1.PolicyRule, lines []string) {
		f := fleet{fmt.Sprintf("fleet%03d", 100+len(all))}
		manifest := strings.ReplaceAll(strings.Join(lines, "\n"), wholeFleet.tag, f.tag)
		all = append(all, lacking{fleet: f, missing: missing, manifest: manifest})
	}
	for i, line := range lines {
		var rule rbacv1.PolicyRule
		text, ok := strings.CutPrefix(line, "- ")
		if !ok || strings.HasPrefix(text, "{kind: ") {
			continue
		}
		if err := yaml.Unmarshal([]byte(text), &rule); err != nil {
			p.Fatal(err)
		}
		add(rule, slices.Delete(slices.Clone(lines), i, i+1))
		for _, verb := range rule.Verbs {
			missing, kept := rule, rule
			missing.Verbs = []string{verb}
			kept.Verbs = slices.DeleteFunc(slices.Clone(rule.Verbs), func(v string) bool { return v == verb })
			if text, err := json.Marshal(kept); err != nil {
				p.Fatal(err)
			} else if len(kept.Verbs) > 0 {
				add(missing, slices.Concat(lines[:i], []string{"- " + string(text)}, lines[i+1:]))
			}
		}
	}
	return all
}

// grant prepares everything for the fleets, and waits until the authorizer knows.
func (p *place) grant(all []lacking) {
	p.Helper()
	group, ctx := errgroup.WithContext(p.Context())
	group.SetLimit(8)
	for i := range all {
		group.Go(func() error {
			if err := p.prepare(ctx, all[i].fleet, operator); err != nil {
				return err
			}
			return createRoles(ctx, p.admin, all[i].manifest)
		})
	}
	if err := group.Wait(); err != nil {
		p.Fatal(err)
	}
	for _, l := range all {
		p.awaitAccounts(l.fleet)
	}
	p.awaitAuthorizer("lacking")
}

// createRoles makes the roles and bindings of a manifest.
func createRoles(ctx context.Context, admin kubernetes.Interface, manifest string) error {
	for text := range strings.SplitSeq(manifest, "\n---\n") {
		var object metav1.PartialObjectMetadata
		err := yaml.Unmarshal([]byte(text), &object)
		namespace, opts := object.Namespace, metav1.CreateOptions{}
		into := func(o any) { err = errors.Join(err, yaml.Unmarshal([]byte(text), o)) }
		switch object.Kind {
		case "Role":
			var o rbacv1.Role
			into(&o)
			_, err = admin.RbacV1().Roles(namespace).Create(ctx, &o, opts)
		case "ClusterRole":
			var o rbacv1.ClusterRole
			into(&o)
			_, err = admin.RbacV1().ClusterRoles().Create(ctx, &o, opts)
		case "RoleBinding":
			var o rbacv1.RoleBinding
			into(&o)
			_, err = admin.RbacV1().RoleBindings(namespace).Create(ctx, &o, opts)
		case "ClusterRoleBinding":
			var o rbacv1.ClusterRoleBinding
			into(&o)
			_, err = admin.RbacV1().ClusterRoleBindings().Create(ctx, &o, opts)
		default:
			err = errors.Join(err, fmt.Errorf("unexpected %s", object.Kind))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *place) runLacking(ctx context.Context, l *lacking, steps []step) error {
	config, err := p.as(ctx, l.fleet, operator)
	if err != nil {
		return err
	}
	if l.refused, err = runController(ctx, config, l.fleet, steps); err != nil {
		return fmt.Errorf("without %v: %w", l.missing, err)
	}
	return nil
}

// judge tells whether what is missing was missed. Where the authorizer itself refused, it
// would have allowed it, and so nothing else is missing.
func (l *lacking) judge(p *place, logged []testkit.AuditRequest, proofs []api.SubjectProof) {
	switch {
	case len(l.refused) == 0 && len(logged) == 0 && added(l.missing, proofs):
		p.Logf("nothing was refused without %v, which was said to be added", l.missing)
	case len(l.refused) == 0 || len(logged) == 0:
		p.Errorf("without %v: the client was refused %q, the audit log has %+v", l.missing, l.refused, logged)
	}
	missing := *l.missing.DeepCopy()
	for i, name := range missing.ResourceNames {
		missing.ResourceNames[i] = strings.ReplaceAll(name, wholeFleet.tag, l.tag)
	}
	policy := rbac.New(rbac.Objects{
		ClusterRoles: []rbacv1.ClusterRole{{ObjectMeta: named("rule"), Rules: []rbacv1.PolicyRule{missing}}},
		ClusterRoleBindings: []rbacv1.ClusterRoleBinding{
			*clusterBinding("rule", "rule", subject(rbacv1.UserKind, "", "rule")),
		},
	})
	for _, r := range logged {
		asked, _ := audit.Asked(r.Verb, r.RequestURI)
		_, granted := policy.Allows(rbac.User("rule"), rbac.RequestOf(asked))
		if r.Decision == "forbid" && !granted {
			p.Errorf("without %v was refused %s %s", l.missing, r.Verb, r.RequestURI)
		}
	}
}

// added tells whether all that a rule grants was said to be added.
func added(rule rbacv1.PolicyRule, proofs []api.SubjectProof) bool {
	for _, what := range slices.Concat(rule.Resources, rule.NonResourceURLs) {
		for _, verb := range rule.Verbs {
			if !slices.ContainsFunc(proofs, func(proof api.SubjectProof) bool {
				return slices.ContainsFunc(proof.Added, func(u api.ReasonedUse) bool { return strings.HasPrefix(u.Use, verb+" "+what) })
			}) {
				return false
			}
		}
	}
	return true
}
