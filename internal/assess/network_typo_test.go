package assess

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// TestMisspeltPolicy: whatever rests on a policy with a field that it does not have is not
// known, and names file and line.
func TestMisspeltPolicy(t *testing.T) {
	text := labelled + "---\n" + policy("in", "\n  podSelector: {matchLabels: {app: web}},\n  ingres: [{from: [{podSelector: {}}]}]") +
		"---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}\n"
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := cluster.NewInventory()
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	const fault = `unknown field "spec.ingres" (-:12)`
	from, to := ends(t, "internet deploy/web:8080")
	answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
	if err != nil || answer.Allowed != "unknown" || !slices.Contains(answer.Notes, "policy shop/in: "+fault) {
		t.Errorf("%+v %v", answer, err)
	}
	refs := func(kind, version, name string) []api.Ref {
		return []api.Ref{{APIVersion: version, Kind: kind, Namespace: "shop", Name: name}}
	}
	report := Report(inv, Options{Services: refs("Service", "v1", "web"), Policies: refs("NetworkPolicy", "networking.k8s.io/v1", "in")})
	item := itemNamed(t, report, "web")
	if !slices.ContainsFunc(item.Network.Unknown, func(text string) bool { return strings.HasSuffix(text, fault) }) || !item.Network.Ingress.Unknown {
		t.Errorf("%+v", item.Network)
	}
	for _, r := range item.Network.Ingress.Reach {
		if r.Allowed == "no" {
			t.Errorf("%s is kept away by a policy that may not be in force", r.Peer)
		}
	}
	for _, page := range report.Pages {
		if text := strings.Join(pageText(page), "\n"); !strings.Contains(text, fault) || strings.Contains(text, "selects no workload") {
			t.Errorf("%s", text)
		}
	}
}
