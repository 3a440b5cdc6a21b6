package rbac_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// scenario is a file of testdata/goat: objects, and what one account may do by them.
//
//	# account NAMESPACE/NAME
//	# minor N, of the API server
//	# want KIND VERBS RESOURCE.GROUP [in NAMESPACE] [names NAMES], a power
//	# path GOAL: WHAT IS DONE -> WHO ONE IS THEN; …
type scenario struct {
	account     rbac.Identity
	server      rbac.Server
	want, paths []string
	objects     rbac.Objects
	world       rbac.World
}

// TestGoat: each scenario has the powers and paths that it says, and its hardened twin has
// no dangerous power and no path.
func TestGoat(t *testing.T) {
	files, err := filepath.Glob("testdata/goat/*.yaml")
	if err != nil || len(files) < 2*28 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	kinds := map[rbac.PowerKind]bool{}
	for _, file := range files {
		s := readScenario(t, file)
		policy := rbac.New(s.objects)
		for _, note := range policy.Notes() {
			if !strings.HasSuffix(note.Message, "which is not there") {
				t.Errorf("%s: %v", file, note)
			}
		}
		hardened, twin := strings.CutSuffix(file, ".hardened.yaml")
		if !twin {
			if _, err := os.Stat(strings.TrimSuffix(file, ".yaml") + ".hardened.yaml"); err != nil || len(s.want) == 0 {
				t.Errorf("%s has no twin, or wants nothing: %v", file, err)
			}
		} else if _, err := os.Stat(hardened + ".yaml"); err != nil {
			t.Error(err)
		}
		var powers, paths []string
		for _, x := range policy.Powers(s.account, s.server) {
			kinds[x.Kind] = true
			if len(x.Grants) == 0 {
				t.Errorf("%s: %s stands on nothing", file, x.Does())
			}
			if !twin || !x.Kind.Lesser() {
				powers = append(powers, showPower(x))
			}
		}
		for _, path := range policy.Paths(s.account, &s.world, s.server) {
			paths = append(paths, showPath(path))
		}
		slices.Sort(powers)
		slices.Sort(paths)
		if diff := cmp.Diff(s.want, powers); diff != "" {
			t.Errorf("%s: powers (- want, + got)\n%s", file, diff)
		}
		if diff := cmp.Diff(s.paths, paths); diff != "" {
			t.Errorf("%s: paths (- want, + got)\n%s", file, diff)
		}
	}
	for _, kind := range rbac.PowerKinds() {
		if !kinds[kind] {
			t.Errorf("no scenario has %s", kind)
		}
	}
}

func showPower(x rbac.Power) string {
	parts := []string{string(x.Kind), strings.Join(x.Verbs, ","), x.Resource}
	if x.Group != "" {
		parts[2] += "." + x.Group
	}
	if x.Namespace != "" {
		parts = append(parts, "in", x.Namespace)
	}
	if len(x.Names) > 0 {
		parts = append(parts, "names", strings.Join(x.Names, ","))
	}
	return strings.Join(parts, " ")
}

func showPath(path rbac.Path) string {
	var steps []string
	for _, step := range path.Steps {
		steps = append(steps, step.Does+" -> "+step.To)
	}
	return string(path.Goal.Kind) + ": " + strings.Join(steps, "; ")
}

func readScenario(t *testing.T, file string) scenario {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := scenario{objects: rbac.Objects{Aggregate: true}}
	header := bufio.NewScanner(bytes.NewReader(data))
	for header.Scan() {
		line, found := strings.CutPrefix(header.Text(), "# ")
		if !found {
			break
		}
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "account":
			namespace, name, _ := strings.Cut(value, "/")
			s.account = rbac.ServiceAccount(namespace, name)
		case "minor":
			if s.server.Minor, err = strconv.Atoi(value); err != nil {
				t.Fatal(err)
			}
		case "want":
			s.want = append(s.want, value)
		case "path":
			s.paths = append(s.paths, value)
		}
	}
	slices.Sort(s.want)
	slices.Sort(s.paths)
	levels := map[string]string{}
	for document := range strings.SplitSeq(string(data), "\n---\n") {
		s.add(t, []byte(document), levels)
	}
	s.world.Privileged = func(namespace string) bool { return levels[namespace] == "privileged" }
	return s
}

func (s *scenario) add(t *testing.T, document []byte, levels map[string]string) {
	t.Helper()
	read := func(into any) {
		if err := yaml.UnmarshalStrict(document, into); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
	}
	var meta struct{ Kind string }
	if err := yaml.Unmarshal(document, &meta); err != nil {
		t.Fatal(err)
	}
	switch meta.Kind {
	case "Role":
		s.objects.Roles = append(s.objects.Roles, rbacv1.Role{})
		read(&s.objects.Roles[len(s.objects.Roles)-1])
	case "ClusterRole":
		s.objects.ClusterRoles = append(s.objects.ClusterRoles, rbacv1.ClusterRole{})
		read(&s.objects.ClusterRoles[len(s.objects.ClusterRoles)-1])
	case "RoleBinding":
		s.objects.RoleBindings = append(s.objects.RoleBindings, rbacv1.RoleBinding{})
		read(&s.objects.RoleBindings[len(s.objects.RoleBindings)-1])
	case "ClusterRoleBinding":
		s.objects.ClusterRoleBindings = append(s.objects.ClusterRoleBindings, rbacv1.ClusterRoleBinding{})
		read(&s.objects.ClusterRoleBindings[len(s.objects.ClusterRoleBindings)-1])
	case "ServiceAccount":
		var account corev1.ServiceAccount
		read(&account)
		s.world.Accounts = append(s.world.Accounts, accountSubject(account.Namespace, account.Name))
	case "Namespace":
		var namespace corev1.Namespace
		read(&namespace)
		levels[namespace.Name] = namespace.Labels["pod-security.kubernetes.io/enforce"]
	case "Pod":
		var pod corev1.Pod
		read(&pod)
		context, mount := pod.Spec.Containers[0].SecurityContext, pod.Spec.AutomountServiceAccountToken
		s.world.Pods = append(s.world.Pods, rbac.Pod{
			Namespace: pod.Namespace, Names: []string{pod.Name}, Account: accountSubject(pod.Namespace, pod.Spec.ServiceAccountName),
			Token: mount == nil || *mount, Root: context != nil && *context.Privileged, Nodes: []string{pod.Spec.NodeName},
		})
	case "Secret":
		var secret corev1.Secret
		read(&secret)
		s.world.TokenSecrets = append(s.world.TokenSecrets, rbac.TokenSecret{
			Namespace: secret.Namespace, Name: secret.Name,
			Account: accountSubject(secret.Namespace, secret.Annotations[corev1.ServiceAccountNameKey]),
		})
	default:
		t.Fatalf("a document of kind %q", meta.Kind)
	}
}

func accountSubject(namespace, name string) rbac.Subject {
	return rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}
}
