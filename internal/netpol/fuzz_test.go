package netpol_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol/netpoltest"
)

// bytesDice makes choices of bytes, the first one once they have run out.
type bytesDice struct{ data []byte }

func (d *bytesDice) IntN(n int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % n
}

// FuzzNetwork: no objects make a question panic, all ways to ask agree, and the order of the
// objects does not matter.
func FuzzNetwork(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		maker := netpoltest.Maker{Dice: &bytesDice{data}, Broken: true}
		holds(t, maker, maker.World(), 4)
	})
}

// FuzzText: selectors, blocks and names of ports of any text.
func FuzzText(f *testing.F) {
	f.Add("10.0.0.0/8", "10.1.0.0/16", "http", "app", "In", "x", int32(80), int32(90))
	f.Add("::ffff:0.0.0.0/0", "::/0", "80", "kubernetes.io/metadata.name", "NotIn", "\x00", int32(0), int32(-1))
	f.Fuzz(func(t *testing.T, cidr, except, name, key, operator, value string, port, end int32) {
		maker := netpoltest.Maker{Dice: &bytesDice{[]byte(cidr + except + name)}}
		w := maker.World()
		w.Policies = append(w.Policies, textPolicy(cidr, except, name, key, operator, value, port, end))
		holds(t, maker, w, 2)
	})
}

// TestWaysToAskAgree is the property of FuzzNetwork on another random sample in each run.
func TestWaysToAskAgree(t *testing.T) {
	random := newRandom(t)
	for range 500 {
		maker := netpoltest.Maker{Dice: random, Broken: random.IntN(2) == 0}
		holds(t, maker, maker.World(), 10)
	}
}

func holds(t *testing.T, maker netpoltest.Maker, w netpoltest.World, questions int) {
	t.Helper()
	n := netpol.New(objectsOf(w))
	shuffled := netpoltest.World{Namespaces: slices.Clone(w.Namespaces), Pods: slices.Clone(w.Pods), Policies: slices.Clone(w.Policies)}
	slices.Reverse(shuffled.Namespaces)
	slices.Reverse(shuffled.Pods)
	slices.Reverse(shuffled.Policies)
	again := netpol.New(objectsOf(shuffled))
	if diff := cmp.Diff(n.Notes(), again.Notes()); diff != "" {
		t.Fatal(diff)
	}
	for range questions {
		q := maker.Question(w)
		answer := answerTo(t, n, w, q)
		if diff := cmp.Diff(answer, answerTo(t, again, w, q), compareAnswers()); diff != "" {
			t.Fatal(diff)
		}
		agree(t, n, w, q, answer)
	}
	for _, pod := range w.Pods {
		allowances(t, n, again, pod)
	}
}

func compareAnswers() cmp.Option {
	return cmp.Options{cmp.Comparer(netpol.Ports.Equal), cmp.Comparer(func(a, b netpol.Who) bool { return a.String() == b.String() })}
}

// agree compares a question with the same one about copies of the pods that are not among the
// objects, about all ports, and with what decides.
func agree(t *testing.T, n *netpol.Network, w netpoltest.World, q netpoltest.Question, a netpol.Answer) {
	t.Helper()
	if (a.Allowed == netpol.Yes) != (a.Parts > 0 && a.Ports.Covers(ports(t, string(q.Protocol)+" "+itoa(q.Port)))) {
		t.Fatalf("%v: %+v", q, a)
	}
	copied := objectsOf(w)
	copied.Pods = nil
	for _, pod := range w.Pods {
		copied.Pods = append(copied.Pods, pod.DeepCopy())
	}
	port := ports(t, string(q.Protocol)+" "+itoa(q.Port))
	other := n.Reach(peer(t, copied, q.From), peer(t, copied, q.To), port)
	if diff := cmp.Diff(a, other, compareAnswers()); diff != "" {
		t.Fatalf("%v: a pod that is not of the objects: %s", q, diff)
	}
	all := n.Reach(peer(t, copied, q.From), peer(t, copied, q.To), netpol.AllPorts())
	if (a.Allowed == netpol.Yes) != !all.Ports.And(port).Empty() || all.Allowed == netpol.Yes && a.Allowed != netpol.Yes || all.Allowed == netpol.No && a.Allowed != netpol.No {
		t.Fatalf("%v: %s, for all ports %s %s", q, a.Allowed, all.Allowed, all.Ports)
	}
	for _, list := range [][]netpol.Decision{a.Egress, a.Ingress} {
		if a.Parts > 0 && len(list) == 0 {
			t.Fatalf("%v: nothing decides: %+v", q, a)
		}
		for _, d := range list {
			if (d.Verdict == netpol.No && a.Allowed != netpol.No) || (d.Verdict == netpol.Depends) == (d.Doubt == "") {
				t.Fatalf("%v: %s, and %s %v", q, a.Allowed, d.Verdict, d)
			}
		}
	}
}

// allowances holds what a pod is allowed to whether it is isolated.
func allowances(t *testing.T, n, again *netpol.Network, pod *corev1.Pod) {
	t.Helper()
	for _, direction := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
		isolation, list := n.Isolated(pod, direction), n.Allows(pod, direction)
		if diff := cmp.Diff(isolation, again.Isolated(pod, direction)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(list, again.Allows(pod, direction), compareAnswers()); diff != "" {
			t.Fatal(diff)
		}
		if isolation.Verdict == netpol.No && len(list) > 0 {
			t.Fatalf("%s/%s is not isolated and is allowed %v", pod.Namespace, pod.Name, list)
		}
		for _, a := range list {
			_, _ = n.Matching(a.Peer)
			if len(a.Rules) == 0 || a.Ports.Empty() && len(a.Names) == 0 || a.Peer.String() == "" {
				t.Fatalf("%+v", a)
			}
		}
	}
}
