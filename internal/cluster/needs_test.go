package cluster

import (
	"slices"
	"strings"
	"testing"
)

// needed are the needs of a query as "verb resource.group/name in namespace".
func needed(t *testing.T, query Query) []string {
	t.Helper()
	all, err := Needs(query)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range all {
		if n.Why == "" {
			t.Errorf("no reason for %+v", n)
		}
		text := n.Verb + " " + strings.TrimSuffix(n.Resource+"."+n.Group, ".")
		if n.Name != "" {
			text += "/" + n.Name
		}
		if n.Namespace != "" {
			text += " in " + n.Namespace
		}
		out = append(out, text)
	}
	return out
}

func TestNeeds(t *testing.T) {
	tests := map[string]struct {
		query    Query
		has, not []string
	}{
		"namespace": {
			Query{Namespace: "shop"},
			[]string{"get configmaps/kubelet-config in kube-system", "list deployments.apps in shop", "list nodes", "get namespaces/shop", "list pods", "list roles.rbac.authorization.k8s.io"},
			[]string{"list secrets in shop", "list serviceaccounts", "get nodes", "list deployments.apps"},
		},
		"everywhere": {Query{}, []string{"list deployments.apps", "list namespaces"}, []string{"get namespaces"}},
		"in reach":   {Query{Namespace: "shop", Reach: func(*Inventory) Reach { return nil }}, []string{"list serviceaccounts", "get namespaces", "list namespaces"}, nil},
		"Secrets":    {Query{Namespace: "shop", Secrets: true}, []string{"list secrets in shop"}, []string{"list secrets", "get secrets in shop"}},
		"a Deployment": {
			Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}},
			[]string{"get deployments.apps/web in shop", "list replicasets.apps in shop", "get nodes", "list limitranges in shop"},
			[]string{"list jobs.batch in shop", "list deployments.apps in shop", "get deployments.apps in shop", "list serviceaccounts in shop"},
		},
		"a StatefulSet": {Query{Namespace: "shop", Targets: []Target{{"statefulset.apps", "db"}}}, []string{"get statefulsets.apps/db in shop"}, []string{"list replicasets.apps in shop"}},
		"a CronJob":     {Query{Namespace: "shop", Targets: []Target{{"cj", "x"}}}, []string{"get cronjobs.batch/x in shop", "list jobs.batch in shop"}, []string{"list replicasets.apps in shop"}},
		"a pod":         {Query{Namespace: "shop", Targets: []Target{{"po", "x"}}}, []string{"get pods/x in shop", "get deployments.apps in shop", "get cronjobs.batch in shop"}, []string{"list deployments.apps in shop"}},
		"all of a type": {Query{Namespace: "shop", Targets: []Target{{"rs", ""}}}, []string{"list replicasets.apps in shop", "get deployments.apps in shop", "list deployments.apps in shop", "list jobs.batch in shop"}, nil},
		"nine pods":     {Query{Namespace: "shop", Targets: slices.Repeat([]Target{{"po", "x"}}, 9)}, []string{"list deployments.apps in shop"}, nil},
		"an account":    {Query{Namespace: "shop", Targets: []Target{{"sa", "x"}}}, []string{"list serviceaccounts in shop", "list pods in shop"}, []string{"get serviceaccounts in shop"}},
		"a Secret":      {Query{Namespace: "shop", Targets: []Target{{"secret", "x"}}}, []string{"list pods in shop"}, []string{"list secrets in shop", "get secrets/x in shop"}},
		"a custom kind": {Query{Namespace: "shop", Targets: []Target{{"Rollouts.v1alpha1.argoproj.io", "x"}}}, []string{"get rollouts.argoproj.io in shop", "list jobs.batch in shop"}, nil},
		"its version":   {Query{Namespace: "shop", Targets: []Target{{"foos.vault.example.com", "x"}}}, []string{"get foos.vault.example.com in shop"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := needed(t, test.query)
			for _, want := range test.has {
				if !slices.Contains(got, want) {
					t.Errorf("%q is missing in %q", want, got)
				}
			}
			for _, not := range test.not {
				if slices.Contains(got, not) {
					t.Errorf("%q is not needed", not)
				}
			}
		})
	}
}

func TestNeedsErrors(t *testing.T) {
	for typeName, want := range map[string]string{
		"rollout":      `discovery alone knows what "rollout" is`,
		"secret":       "name the Secret",
		"*.*":          "is not of the form RESOURCE.GROUP",
		"*.argoproj":   "is not of the form RESOURCE.GROUP",
		"rollouts.":    "is not of the form RESOURCE.GROUP",
		".argoproj.io": "is not of the form RESOURCE.GROUP",
		"a b.c":        "is not of the form RESOURCE.GROUP",
	} {
		if got, err := Needs(Query{Targets: []Target{{Type: typeName}}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", typeName, got, err)
		}
	}
}
