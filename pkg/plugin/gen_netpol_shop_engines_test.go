package plugin

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	onlineshop "github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// engineAnswers are those of test/netpol.
type engineAnswers struct {
	Analyzer []string `json:"analyzer"`
	Cyclonus []string `json:"cyclonus"`
}

type engineQuestion struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Protocol corev1.Protocol `json:"protocol"`
	Port     int32           `json:"port"`
}

type engineWorld struct {
	Namespaces []*corev1.Namespace           `json:"namespaces"`
	Pods       []*corev1.Pod                 `json:"pods"`
	Policies   []*networkingv1.NetworkPolicy `json:"policies"`
	Questions  []engineQuestion              `json:"questions"`
}

// TestGenNetpolShopEngines asks two engines of others about every pair of pods and every port of
// the shop, with all namespaces closed: what is needed is let through, what was added, and
// nothing else. The evaluator of the plugin agrees: it is the third.
func TestGenNetpolShopEngines(t *testing.T) {
	engine := testkit.StartEngine(t, "netpol")
	s := onlineshop.New()
	got := inShop(t, s, map[string]string{"hubble.json": s.Hubble(shopSeed)}, "-A", "--from", "hubble.json", "--default-deny")
	if got.code != 0 {
		t.Fatalf("exit %d\n%s", got.code, got.stderr)
	}
	written := policiesOf(t, got.stdout)
	world := engineWorld{Policies: append(written, s.Policies()...)}
	for _, name := range append(s.Namespaces(), "default") {
		world.Namespaces = append(world.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelMetadataName: name}}})
	}
	byPod := map[string]string{}
	for _, w := range s.Workloads {
		for _, pod := range s.PodsOf(w) {
			if !w.HostNetwork {
				pod.Status.Phase = corev1.PodRunning // those of load, while they run
				world.Pods = append(world.Pods, pod)
				byPod[pod.Namespace+"/"+pod.Name] = w.Name
			}
		}
	}
	ports := map[string]engineQuestion{}
	for _, e := range s.Needed() {
		ports[portText(e.Protocol, e.Port)] = engineQuestion{Protocol: e.Protocol, Port: e.Port}
		if e.Dialled != 0 {
			ports[portText(e.Protocol, e.Dialled)] = engineQuestion{Protocol: e.Protocol, Port: e.Dialled}
		}
	}
	for _, from := range slices.Sorted(maps.Keys(byPod)) {
		for _, to := range slices.Sorted(maps.Keys(byPod)) {
			for _, port := range slices.Sorted(maps.Keys(ports)) {
				if from != to {
					world.Questions = append(world.Questions, engineQuestion{from, to, ports[port].Protocol, ports[port].Port})
				}
			}
		}
	}
	var theirs engineAnswers
	engine.Ask(t, world, &theirs)
	if len(theirs.Analyzer) != len(world.Questions) || len(theirs.Cyclonus) != len(world.Questions) {
		t.Fatalf("%d and %d answers to %d questions", len(theirs.Analyzer), len(theirs.Cyclonus), len(world.Questions))
	}
	checkAnswers(t, s, written, world, byPod, theirs)
	checkOwnAnswers(t, s, written, world, theirs)
}

// checkAnswers compares with the truth.
func checkAnswers(t *testing.T, s *onlineshop.Shop, written []*networkingv1.NetworkPolicy, world engineWorld, byPod map[string]string, theirs engineAnswers) {
	t.Helper()
	needed, addable, got := neededTuples(s, s.Needed()), mayBeAdded(s), tuplesOf(t, s, written)
	yes := 0
	for i, q := range world.Questions {
		from, to, port := byPod[q.From], byPod[q.To], portText(q.Protocol, q.Port)
		leaves, enters := tuple{from, out, to, port}, tuple{to, in, from, port}
		added := (needed[leaves] || covered(addable, leaves) && covered(got, leaves)) && (needed[enters] || covered(got, enters) && covered(addable, enters))
		want := "no"
		if needed[leaves] || added {
			want = "yes"
			yes++
		}
		if theirs.Analyzer[i] != want || theirs.Cyclonus[i] != want {
			t.Errorf("%s to %s %s: netpol-analyzer %s, cyclonus %s, the truth %s", q.From, q.To, port, theirs.Analyzer[i], theirs.Cyclonus[i], want)
		}
	}
	t.Logf("%d questions, %d to say yes to", len(world.Questions), yes)
}

// checkOwnAnswers asks can-reach, which uses the plugin's own evaluator, in a sample.
func checkOwnAnswers(t *testing.T, s *onlineshop.Shop, written []*networkingv1.NetworkPolicy, world engineWorld, theirs engineAnswers) {
	t.Helper()
	var closed strings.Builder
	closed.WriteString(s.YAML())
	for _, p := range written {
		text, err := yaml.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		closed.WriteString("---\n" + string(text))
	}
	write(t, ".", "closed.yaml", closed.String())
	random := rand.New(rand.NewPCG(shopSeed, 0))
	asked := map[string]int{}
	for asked["yes"] < 10 || asked["no"] < 10 {
		i := random.IntN(len(world.Questions))
		q := world.Questions[i]
		if asked[theirs.Analyzer[i]] >= 10 || strings.Contains(q.From+q.To, "load-") {
			continue
		}
		asked[theirs.Analyzer[i]]++
		fromNamespace, from, _ := strings.Cut(q.From, "/")
		toNamespace, to, _ := strings.Cut(q.To, "/")
		got := run(t, "", "can-reach", "pod/"+from, fmt.Sprintf("pod/%s:%d/%s", to, q.Port, q.Protocol), "-f", "closed.yaml", "--local", "-n", fromNamespace, "--to-namespace", toNamespace)
		if want := map[string]int{"yes": 0, "no": 1}[theirs.Analyzer[i]]; got.code != want {
			t.Errorf("can-reach %s %s %d: exit %d\n%s%s", q.From, q.To, q.Port, got.code, got.stdout, got.stderr)
		}
	}
}
