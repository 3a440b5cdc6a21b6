package check

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// What the account of a fixture's pods may do stands in comments of its document:
//
//	# rbac {kind: Role, …}
//	# context rbac=FACT minor=34 admits=shop,ci
//
// Each rbac line is a Role, ClusterRole, RoleBinding or ClusterRoleBinding. FACT is yes, which it
// is where nothing is said, unknown, absent, or written: absent, of files that define the
// account. minor is that of the server; admits are the namespaces into which Pod Security lets
// privileged pods. The namespace of a document that has none is shop.

// accountIn is the account of a fixture; nil for a mirror pod, which has none.
func accountIn(t *testing.T, shape *workload.Shape, text string) *Account {
	t.Helper()
	if _, mirror := shape.Meta.Annotations[corev1.MirrorPodAnnotationKey]; mirror {
		return nil
	}
	var object struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
	}
	if err := sigsyaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	a := &Account{
		Namespace: cmp.Or(object.Metadata.Namespace, "shop"), Name: accountOf(Subject{Shape: shape}), Fact: workload.FactYes,
	}
	word := func(key string) string {
		m := regexp.MustCompile(`(?m)^# context .*\b` + key + `=(\S+)`).FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		return m[1]
	}
	switch word("rbac") {
	case "unknown":
		a.Fact, a.Unread = workload.FactUnknown, "clusterrolebindings"
	case "absent":
		a.Fact = workload.FactAbsent
	case "written":
		a.Fact, a.Written = workload.FactAbsent, true
	}
	minor, _ := strconv.Atoi(word("minor"))
	if admits := word("admits"); admits != "" {
		a.AdmitsPrivileged = func(namespace string) bool { return slices.Contains(strings.Split(admits, ","), namespace) }
	}
	a.fill(rbac.New(objectsIn(t, text)), minor)
	return a
}

// fill works out what the account may do.
func (a *Account) fill(policy *rbac.Policy, minor int) {
	id := rbac.ServiceAccount(a.Namespace, a.Name)
	a.Powers = policy.Powers(id, rbac.Server{Minor: minor})
	for r := range policy.Rights(id) {
		if !r.IsEverybodys() {
			a.Rights = append(a.Rights, r)
		}
	}
}

func objectsIn(t *testing.T, text string) rbac.Objects {
	t.Helper()
	var out rbac.Objects
	for _, m := range regexp.MustCompile(`(?m)^# rbac (.*)$`).FindAllStringSubmatch(text, -1) {
		kind, _, _ := around(t, "with", m[1])
		switch kind {
		case "Role":
			out.Roles = append(out.Roles, *known[rbacv1.Role](t, workload.FactYes, m[1]).Value)
		case "ClusterRole":
			out.ClusterRoles = append(out.ClusterRoles, *known[rbacv1.ClusterRole](t, workload.FactYes, m[1]).Value)
		case "RoleBinding":
			out.RoleBindings = append(out.RoleBindings, *known[rbacv1.RoleBinding](t, workload.FactYes, m[1]).Value)
		case "ClusterRoleBinding":
			out.ClusterRoleBindings = append(out.ClusterRoleBindings, *known[rbacv1.ClusterRoleBinding](t, workload.FactYes, m[1]).Value)
		default:
			t.Fatalf("%s: %q is no kind of RBAC", m[1], kind)
		}
	}
	return out
}
