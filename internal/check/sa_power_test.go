package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// powerKinds are all kinds that the package rbac declares.
func powerKinds(t *testing.T) []rbac.PowerKind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../rbac/power_kinds.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []rbac.PowerKind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "PowerKind" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, rbac.PowerKind(value))
		}
		return true
	})
	return kinds
}

// TestPowerKinds: every kind of power is the matter of one check, or of none because it is no
// danger by itself; how bad it is in the whole cluster, in a namespace, and for a name.
func TestPowerKinds(t *testing.T) {
	const none = "none none none"
	want := map[rbac.PowerKind][2]string{
		rbac.MayDoEverything:           {saClusterAdmin, "critical high critical"},
		rbac.MayBecomeMaster:           {saClusterAdmin, "critical critical critical"},
		rbac.MayEscalate:               {saEscalate, "critical high high"},
		rbac.MayBindInCluster:          {saEscalate, "critical high high"},
		rbac.MayBindInNamespace:        {saEscalate, "critical high high"},
		rbac.MayIssueCertificates:      {saEscalate, "critical critical critical"},
		rbac.MayImpersonateUsers:       {saEscalate, "critical critical high"},
		rbac.MayImpersonateGroups:      {saEscalate, "critical critical high"},
		rbac.MayImpersonateAccounts:    {saEscalate, "critical high medium"},
		rbac.MayImpersonateConstrained: {saEscalate, "high medium medium"},
		rbac.MayWriteRoles:             {saEscalate, "info info info"},
		rbac.MayWriteBindings:          {saEscalate, "info info info"},
		rbac.MayCreatePods:             {saCreatePods, "critical high critical"},
		rbac.MayWriteTemplates:         {saCreatePods, "critical high critical"},
		rbac.MayChangePods:             {saCreatePods, "critical high medium"},
		rbac.MayPlacePods:              {saCreatePods, "high medium high"},
		rbac.MayUseConstraints:         {saCreatePods, "high medium high"},
		rbac.MayExec:                   {saExec, "critical high medium"},
		rbac.MayAttach:                 {saExec, "critical high medium"},
		rbac.MayDebug:                  {saExec, "critical high medium"},
		rbac.MayForwardPorts:           {saExec, "medium medium medium"},
		rbac.MayProxy:                  {saExec, "medium medium medium"},
		rbac.MayProxyNodes:             {saNodesProxy, "critical critical critical"},
		rbac.MayReadSecrets:            {saSecrets, "critical high medium"},
		rbac.MayMintTokens:             {saTokenCreate, "critical high medium"},
		rbac.MayMakeTokenSecrets:       {saTokenCreate, "critical high critical"},
		rbac.MayWriteWebhooks:          {saGuards, "high high high"},
		rbac.MayWriteAdmissionPolicies: {saGuards, "high high high"},
		rbac.MayWriteAPIServices:       {saGuards, "high high medium"},
		rbac.MayWriteDefinitions:       {saGuards, "high high medium"},
		rbac.MayWriteVolumes:           {saGuards, "high high medium"},
		rbac.MayWriteNamespaces:        {saGuards, "high high high"},
		rbac.MayWriteNodes:             {saGuards, "high high medium"},
		rbac.MayWriteClusterConfig:     {saGuards, "high high high"},
		rbac.MayIssueNodeCertificates:  {saGuards, "high high high"},
		rbac.MayAnnotateAccounts:       {saGuards, "medium medium medium"},
		rbac.MayWriteNetworkPolicies:   {saGuards, "medium medium medium"},
		rbac.MayWritePodStatus:         {saGuards, "medium medium medium"},
		rbac.MayDriveControllers:       {saIndirect, "medium medium medium"},
		rbac.MayWriteSecrets:           {"", none},
		rbac.MayApproveCertificates:    {"", none},
		rbac.MaySignCertificates:       {"", none},
		rbac.MayImpersonateExtra:       {"", none},
		rbac.MayReadNodeLogs:           {"", none},
		rbac.MayCheckpoint:             {"", none},
		rbac.MayReadNodes:              {"", none},
		rbac.MayDelete:                 {"", none},
		rbac.MayEvictPods:              {"", none},
	}
	kinds := powerKinds(t)
	if len(kinds) != len(want) {
		t.Errorf("%d kinds are declared, %d are known here", len(kinds), len(want))
	}
	for _, kind := range kinds {
		var severities []string
		for _, p := range []rbac.Power{{}, {Namespace: "shop"}, {Names: []string{"x"}}} {
			p.Kind = kind
			id, severity := GradePower(p)
			if id != OfPower(kind) {
				t.Errorf("%s: graded by %q, reported by %q", kind, id, OfPower(kind))
			}
			if severity == "" {
				severity = "none"
			}
			severities = append(severities, string(severity))
		}
		if got := [2]string{OfPower(kind), strings.Join(severities, " ")}; got != want[kind] {
			t.Errorf("%s: %q, want %q", kind, got, want[kind])
		}
		if _, severity := GradePower(rbac.Power{Kind: kind}); kind.Lesser() != (severity == "" || severity == api.SeverityInfo) {
			t.Errorf("%s: lesser is %t, severity %q", kind, kind.Lesser(), severity)
		}
		claimed := 0
		for _, g := range graders() {
			if !reflect.ValueOf(g.dangers(kind)).IsZero() {
				claimed++
			}
		}
		if claimed > 1 {
			t.Errorf("%s: %d checks report it", kind, claimed)
		}
	}
}

func TestGraders(t *testing.T) {
	all := All()
	for _, g := range graders() {
		i := slices.IndexFunc(all, func(c Check) bool { return c.ID == g.check })
		if i < 0 || !all[i].Account {
			t.Errorf("%s is no check of accounts", g.check)
		}
	}
	for name, tt := range map[string]struct {
		power rbac.Power
		want  api.Severity
	}{
		"kube-system":          {rbac.Power{Kind: rbac.MayReadSecrets, Namespace: "kube-system"}, api.SeverityCritical},
		"named in kube-system": {rbac.Power{Kind: rbac.MayReadSecrets, Namespace: "kube-system", Names: []string{"x"}}, api.SeverityMedium},
		"cluster-admin":        {rbac.Power{Kind: rbac.MayBindInCluster, Names: []string{"cluster-admin"}}, api.SeverityCritical},
		"strict constraints":   {rbac.Power{Kind: rbac.MayUseConstraints, Names: []string{"nonroot-v2", "restricted"}}, ""},
		"other constraints":    {rbac.Power{Kind: rbac.MayUseConstraints, Names: []string{"hostaccess", "restricted"}}, api.SeverityHigh},
		"not of this package":  {rbac.Power{Kind: "x"}, ""},
	} {
		if _, got := GradePower(tt.power); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// grantOf is a grant to the account app of shop.
func grantOf(namespace, binding string, rule int) rbac.Grant {
	g := rbac.Grant{
		Binding: api.Ref{Kind: "RoleBinding", Namespace: namespace, Name: binding},
		Role:    api.Ref{Kind: "Role", Namespace: namespace, Name: "reader"}, Rule: rule,
		Subject: rbac.Subject{Kind: "ServiceAccount", Namespace: "shop", Name: "app"},
	}
	if namespace == "" {
		g.Binding.Kind, g.Role.Kind = "ClusterRoleBinding", "ClusterRole"
	}
	return g
}

// pageOf is the subject of an account alone, which has no containers.
func pageOf(powers ...rbac.Power) Subject {
	shape := &workload.Shape{Meta: &metav1.ObjectMeta{}, Spec: &corev1.PodSpec{ServiceAccountName: "app"}}
	return Subject{Shape: shape, Account: &Account{Namespace: "shop", Name: "app", Fact: workload.FactYes, Powers: powers}}
}

// TestPowerWords: everything that a finding says, on the page of an account, where there is
// no container that could hold a token.
func TestPowerWords(t *testing.T) {
	read := rbac.Power{Kind: rbac.MayReadSecrets, Namespace: "shop", Verbs: []string{"get", "list"}, Resource: "secrets"}
	own, elsewhere, everywhere, byGroup := read, read, read, read
	own.Grants = []rbac.Grant{grantOf("shop", "all", 2), grantOf("shop", "all", 2)}
	elsewhere.Namespace, elsewhere.Names = "ci", []string{"a", "b", "c", "d", "e", "f"}
	elsewhere.Grants = []rbac.Grant{grantOf("ci", "all", 1), grantOf("ci", "more", 1), grantOf("ci", "most", 1)}
	everywhere.Namespace, everywhere.Grants = "", []rbac.Grant{grantOf("", "all", 1)}
	byGroup.Grants = []rbac.Grant{grantOf("", "all", 1)}
	byGroup.Grants[0].Subject = rbac.Subject{Kind: "Group", Name: "system:serviceaccounts"}
	const want = "get of named Secrets alone"
	for name, tt := range map[string]struct {
		power rbac.Power
		want  Violation
	}{
		"own namespace": {own, Violation{
			Path: "RoleBinding all → Role reader rule 2", Got: "get, list secrets", Want: want, Severity: api.SeverityHigh,
			Message: "get, list secrets in shop: reads every Secret there", Key: "get,list/secrets",
			Fix: "narrow rule 2 of Role reader, which RoleBinding all grants, or take it out",
		}},
		"another namespace": {elsewhere, Violation{
			Path: "RoleBinding ci/all → Role ci/reader rule 1 and 2 more", Got: "get, list secrets a, b, c, d, e and 1 more", Want: want,
			Message: "get, list secrets a, b, c, d, e and 1 more in ci: reads these Secrets", Key: "get,list/secrets/a,b,c,d,e,f@ci",
			Fix: "narrow rule 1 of Role ci/reader, which RoleBinding ci/all grants, or take it out; so for 2 more grants", Severity: api.SeverityMedium,
		}},
		"the whole cluster": {everywhere, Violation{
			Path: "ClusterRoleBinding all → ClusterRole reader rule 1", Got: "get, list secrets", Want: want, Severity: api.SeverityCritical,
			Message: "get, list secrets in the whole cluster: reads every Secret there", Key: "get,list/secrets@*",
			Fix: "bind a narrower role than ClusterRole reader by ClusterRoleBinding all, or remove the binding",
		}},
		"a group": {byGroup, Violation{
			Path: "ClusterRoleBinding all → ClusterRole reader rule 1 by Group system:serviceaccounts", Got: "get, list secrets", Want: want,
			Message: "get, list secrets in shop: reads every Secret there", Key: "get,list/secrets", Severity: api.SeverityHigh,
			Fix: "take Group system:serviceaccounts out of ClusterRoleBinding all, and grant ClusterRole reader to the accounts that need it",
		}},
	} {
		tt.want.Powers = []rbac.Power{tt.power}
		if got := SASecrets().Eval(pageOf(tt.power)); len(got) != 1 || !reflect.DeepEqual(got[0], tt.want) {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, tt.want)
		}
	}
}

// TestManyNames: keys and messages stay short, and keys still tell names apart.
func TestManyNames(t *testing.T) {
	keys := map[string]bool{}
	for _, last := range []string{"x", "y"} {
		p := rbac.Power{Kind: rbac.MayReadSecrets, Namespace: "shop", Verbs: []string{"get"}, Resource: "secrets"}
		for i := range 1000 {
			p.Names = append(p.Names, fmt.Sprintf("%04d", i))
		}
		p.Names = append(p.Names, last)
		v := SASecrets().Eval(pageOf(p))[0]
		keys[v.Key] = true
		if len(v.Key) > 120 || len(v.Message) > 120 || !strings.HasPrefix(v.Key, "get/secrets/1001 names ") {
			t.Errorf("key %q, message %q", v.Key, v.Message)
		}
	}
	if len(keys) != 2 {
		t.Errorf("keys are alike: %v", keys)
	}
}

func TestWorstPower(t *testing.T) {
	named := rbac.Power{Kind: rbac.MayReadSecrets, Namespace: "shop", Names: []string{"db"}}
	exec, lesser := rbac.Power{Kind: rbac.MayExec, Namespace: "shop"}, rbac.Power{Kind: rbac.MayDelete}
	for name, tt := range map[string]struct {
		account *Account
		want    api.Severity
	}{
		"mirror pod": {nil, ""},
		"lesser":     {&Account{Powers: []rbac.Power{lesser}}, ""},
		"fact":       {&Account{Powers: []rbac.Power{{Kind: rbac.MayWriteRoles}}}, api.SeverityInfo},
		"medium":     {&Account{Powers: []rbac.Power{lesser, named}}, api.SeverityMedium},
		"high":       {&Account{Powers: []rbac.Power{named, exec, lesser}}, api.SeverityHigh},
	} {
		if got := worstPower(tt.account); got != tt.want {
			t.Errorf("%s: worst is %q, want %q", name, got, tt.want)
		}
	}
}

// TestDrawnPolicies: whatever the rights, findings of one check have keys of their own, say
// what they must, and are the same again; and each power is told of.
func TestDrawnPolicies(t *testing.T) {
	checks := slices.DeleteFunc(All(), func(c Check) bool { return !c.Account })
	for seed := range uint64(300) {
		p := rbactest.Maker{Dice: rand.New(rand.NewPCG(seed, 1)), Broken: seed%2 == 0}.Policy()
		objects := rbac.Objects{Roles: p.Roles, ClusterRoles: p.ClusterRoles, RoleBindings: p.RoleBindings, ClusterRoleBindings: p.ClusterRoleBindings}
		s := pageOf()
		s.Account.Namespace = "red"
		s.Account.fill(rbac.New(objects), 0)
		found := map[string]bool{}
		for _, c := range checks {
			keys := map[string]bool{}
			got := c.Eval(s)
			for _, v := range got {
				if keys[v.Key] || v.Key == "" || v.Path == "" || v.Got == "" || v.Want == "" || v.Message == "" || v.Unknown || v.Derived {
					t.Errorf("seed %d: %s: %+v", seed, c.ID, v)
				}
				keys[v.Key], found[c.ID] = true, true
			}
			if !reflect.DeepEqual(got, c.Eval(s)) {
				t.Errorf("seed %d: %s: other findings for the same rights", seed, c.ID)
			}
		}
		for _, p := range s.Account.Powers {
			if id, _ := GradePower(p); id != "" && !found[id] {
				t.Errorf("seed %d: %s does not report %s", seed, id, p.Does())
			}
		}
	}
}
