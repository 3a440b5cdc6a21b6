// Package netpoltest draws random pods, namespaces and NetworkPolicies that meet each other
// often: from few labels, ports and addresses, with every kind of selector, port and peer. It
// knows nothing of the evaluator that is tested with them.
package netpoltest

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Dice is a source of choices; math/rand/v2's Rand is one.
type Dice interface {
	// IntN returns a number from 0 to n-1.
	IntN(n int) int
}

// NewRandom is random in another way each time, or repeats the one of a seed that it returned.
func NewRandom(repeat string) (random *rand.Rand, seed string, err error) {
	number := rand.Uint64()
	if repeat != "" {
		if number, err = strconv.ParseUint(repeat, 10, 64); err != nil {
			return nil, "", fmt.Errorf("read the seed: %w", err)
		}
	}
	return rand.New(rand.NewPCG(number, 0)), strconv.FormatUint(number, 10), nil
}

// World is what was drawn. The names of its objects are unique.
type World struct {
	Namespaces []*corev1.Namespace           `json:"namespaces"`
	Pods       []*corev1.Pod                 `json:"pods"`
	Policies   []*networkingv1.NetworkPolicy `json:"policies"`
}

// Question is whether From reaches To: each the "namespace/name" of a pod, or an address.
type Question struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Protocol corev1.Protocol `json:"protocol"`
	Port     int32           `json:"port"`
}

// Maker draws with Dice.
type Maker struct {
	Dice Dice
	// Broken draws as well what the API server refuses, pods on the host's network, pods that
	// have ended, and pods without addresses.
	Broken bool
}

func one[T any](d Dice, entries ...T) T { return entries[d.IntN(len(entries))] }

// in is true once in n times.
func (m Maker) in(n int) bool { return m.Dice.IntN(n) == 0 }

func namespaces() []string { return []string{"a", "b", "c"} }

// World draws the objects.
func (m Maker) World() World {
	var w World
	for _, name := range namespaces() {
		if m.Broken && m.in(6) {
			continue
		}
		w.Namespaces = append(w.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: m.labels()}})
	}
	for i := range 2 + m.Dice.IntN(6) {
		w.Pods = append(w.Pods, m.pod(i))
	}
	for i := range 2 + m.Dice.IntN(8) {
		w.Policies = append(w.Policies, m.policy(i))
	}
	return w
}

func (m Maker) labels() map[string]string {
	labels := map[string]string{}
	for _, key := range keys() {
		if m.in(2) {
			labels[key] = one(m.Dice, values()...)
		}
	}
	return labels
}

func keys() []string { return []string{"app", "tier"} }

func values() []string { return []string{"x", "y", "z", ""} }

func protocols() []corev1.Protocol {
	return []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}
}

func (m Maker) pod(i int) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%d", i), Namespace: one(m.Dice, namespaces()...), Labels: m.labels()},
		Spec:       corev1.PodSpec{NodeName: fmt.Sprintf("n%d", i%2), Containers: []corev1.Container{{Name: "main"}}},
	}
	pod.Status.PodIPs = []corev1.PodIP{{IP: fmt.Sprintf("10.0.%d.%d", m.Dice.IntN(3), 1+i)}}
	pod.Status.HostIP = fmt.Sprintf("192.168.0.%d", 1+i%2)
	pod.Status.HostIPs = []corev1.HostIP{{IP: pod.Status.HostIP}}
	for _, name := range portNames() {
		if m.in(2) {
			continue
		}
		port := corev1.ContainerPort{Name: name, ContainerPort: one(m.Dice, numbers()...), Protocol: one(m.Dice, protocols()...)}
		if m.in(4) {
			always := corev1.ContainerRestartPolicyAlways
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{Name: "sidecar-" + name, RestartPolicy: &always, Ports: []corev1.ContainerPort{port}})
			continue
		}
		pod.Spec.Containers[0].Ports = append(pod.Spec.Containers[0].Ports, port)
	}
	if m.Broken {
		m.spoilPod(pod)
	}
	return pod
}

func (m Maker) spoilPod(pod *corev1.Pod) {
	switch m.Dice.IntN(8) {
	case 0:
		pod.Spec.HostNetwork = true
		pod.Status.PodIPs = []corev1.PodIP{{IP: pod.Status.HostIP}}
	case 1:
		pod.Status.Phase = one(m.Dice, corev1.PodSucceeded, corev1.PodFailed)
	case 2:
		pod.Status = corev1.PodStatus{}
		pod.Spec.NodeName = ""
	case 3:
		pod.Status.PodIPs = append(pod.Status.PodIPs, corev1.PodIP{IP: one(m.Dice, "fd00::1", "nonsense", "")})
	case 4:
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "more", Ports: []corev1.ContainerPort{
			{Name: one(m.Dice, portNames()...), ContainerPort: one[int32](m.Dice, -1, 0, 80, 90, 65536), Protocol: one[corev1.Protocol](m.Dice, "", "TCP", "tcp")},
		}})
	}
}

func portNames() []string { return []string{"http", "dns"} }

func numbers() []int32 { return []int32{80, 81, 90} }

// Question draws whom to ask about.
func (m Maker) Question(w World) Question {
	q := Question{From: m.end(w), To: m.end(w), Protocol: one(m.Dice, protocols()...), Port: one[int32](m.Dice, 80, 81, 90, 1, 65535)}
	if m.in(2) {
		q.From = m.podEnd(w)
	} else {
		q.To = m.podEnd(w)
	}
	return q
}

func (m Maker) end(w World) string {
	if m.in(3) {
		return one(m.Dice, "10.0.0.200", "10.0.1.200", "10.9.0.1", "1.2.3.4", "1.2.3.200", "8.8.8.8")
	}
	return m.podEnd(w)
}

func (m Maker) podEnd(w World) string {
	pod := one(m.Dice, w.Pods...)
	return pod.Namespace + "/" + pod.Name
}
