package netpol_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestNotes: each broken or idle policy has its note, and those that the API server refuses
// leave open whether they isolate.
func TestNotes(t *testing.T) {
	for _, tc := range []struct {
		name, spec string
		kind       netpol.NoteKind
		want       string
	}{
		{"no CIDR", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: ""}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: "" is not a CIDR`},
		{"address without length", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.1}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: "10.0.0.1" is not a CIDR`},
		{"zeros before a number", `{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 010.0.0.0/8}}]}]}`, netpol.NoteRefused, `egress rule 1: peer 1: ipBlock: "010.0.0.0/8" is not a CIDR`},
		{"a hostile CIDR", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "\u001b[2J\n/8"}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: "\x1b[2J\n/8" is not a CIDR`},
		{"a zone", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "fe80::1%eth0/64"}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: "fe80::1%eth0/64" is not a CIDR`},
		{"except outside", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/9]}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: except "11.0.0.0/9" is not a part of "10.0.0.0/8"`},
		{"except of all", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: except "10.0.0.0/8" is not a part of "10.0.0.0/8"`},
		{"except of another family", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: ["::/0"]}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: except "::/0" is not a part of "10.0.0.0/8"`},
		{"except that is none", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [x]}}]}]}`, netpol.NoteRefused, `ingress rule 1: peer 1: ipBlock: except: "x" is not a CIDR`},
		{"bits beyond the length", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 11.0.0.5/8, except: [11.1.0.9/16]}}]}]}`, netpol.NoteOdd, `ingress rule 1: ipBlock "11.0.0.5/8" is read as 11.0.0.0/8, and refused from Kubernetes 1.36 on`},
		{"IPv4 as IPv6", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "::ffff:11.0.0.0/104"}}]}]}`, netpol.NoteOdd, `ingress rule 1: ipBlock "::ffff:11.0.0.0/104" writes IPv4 addresses as IPv6; it is read as 11.0.0.0/8, and refused from Kubernetes 1.36 on`},
		{"nothing left of a block", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/9, 10.128.0.0/9]}}]}]}`, netpol.NoteDead, `ingress rule 1: peer 1 leaves no address`},
		{"port 0", `{podSelector: {}, ingress: [{ports: [{port: 0}]}]}`, netpol.NoteRefused, "ingress rule 1: port 1: 0 is not from 1 to 65535"},
		{"port 65536", `{podSelector: {}, ingress: [{ports: [{port: 80}, {port: 65536}]}]}`, netpol.NoteRefused, "ingress rule 1: port 2: 65536 is not from 1 to 65535"},
		{"endPort alone", `{podSelector: {}, ingress: [{ports: [{endPort: 80}]}]}`, netpol.NoteRefused, "ingress rule 1: port 1: has an endPort without a port"},
		{"endPort below", `{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 79}]}]}`, netpol.NoteRefused, "ingress rule 1: port 1: endPort 79 is below port 80"},
		{"endPort too high", `{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 70000}]}]}`, netpol.NoteRefused, "ingress rule 1: port 1: endPort 70000 is above 65535"},
		{"endPort of a name", `{podSelector: {}, ingress: [{ports: [{port: http, endPort: 80}]}]}`, netpol.NoteRefused, `ingress rule 1: port 1: has an endPort beside the name "http"`},
		{"a quoted number", `{podSelector: {}, ingress: [{ports: [{port: "80"}]}]}`, netpol.NoteRefused, `ingress rule 1: port 1: "80" is not the name of a port: must contain at least one letter (a-z)`},
		{"unknown protocol", `{podSelector: {}, ingress: [{ports: [{protocol: tcp}]}]}`, netpol.NoteRefused, `ingress rule 1: port 1: protocol "tcp" is not TCP, UDP or SCTP`},
		{"unknown operator", `{podSelector: {matchExpressions: [{key: a, operator: Equals, values: [b]}]}}`, netpol.NoteRefused, `podSelector: "Equals" is not a valid label selector operator`},
		{"operator without values", `{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: In}]}}]}]}`, netpol.NoteRefused, "ingress rule 1: peer 1: podSelector: values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"},
		{"a bad namespaceSelector", `{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}]}]}`, netpol.NoteRefused, "ingress rule 1: peer 1: namespaceSelector: values: Invalid value: [\"b\"]: values set must be empty for exists and does not exist"},
		{"peer of nobody", `{podSelector: {}, ingress: [{from: [{}]}]}`, netpol.NoteRefused, "ingress rule 1: peer 1: names nobody"},
		{"peer of both sorts", `{podSelector: {}, ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}`, netpol.NoteRefused, "ingress rule 1: peer 1: has an ipBlock and a selector"},
		{"unknown type", `{podSelector: {}, policyTypes: [ingress]}`, netpol.NoteRefused, `policyType "ingress" is not Ingress or Egress`},
		{"three types", `{podSelector: {}, policyTypes: [Ingress, Egress, Ingress]}`, netpol.NoteRefused, "has 3 policyTypes"},
		{"rules without their type", `{podSelector: {}, policyTypes: [Ingress], egress: [{}]}`, netpol.NoteDead, "has 1 rules for Egress, which its policyTypes leave out: they do nothing"},
		{"selects nobody", `{podSelector: {matchLabels: {app: x}}}`, netpol.NoteSelectsNothing, "selects no pod"},
		{"no such pods", `{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]}`, netpol.NoteDead, "ingress rule 1 can match nothing"},
		{"no such namespace", `{podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {a: b}}}, {podSelector: {}}]}]}`, netpol.NoteDead, "egress rule 1: peer 1 matches no pod"},
		{"namesake elsewhere", `{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: probe}}}]}]}`, netpol.NoteDead, "ingress rule 1: peer 1 matches no pod"},
		{"no such port", `{podSelector: {}, ingress: [{ports: [{port: sql, protocol: UDP}]}]}`, netpol.NoteDead, `ingress rule 1: no pod that it is about has a UDP port named "sql"`},
		{"no such port there", `{podSelector: {}, egress: [{ports: [{port: sql}], to: [{namespaceSelector: {matchLabels: {team: ops}}}]}]}`, netpol.NoteDead, `egress rule 1: no pod that it is about has a TCP port named "sql"`},
		{"everything", `{podSelector: {}, ingress: [{}, {from: [], ports: []}]}`, netpol.NoteAllowsAll, "ingress rule 2 allows everything"},
		{"all ports of all protocols", `{podSelector: {}, ingress: [{ports: [{protocol: UDP}, {protocol: SCTP}, {port: 1, endPort: 65535}]}]}`, netpol.NoteAllowsAll, "ingress rule 1 allows everything"},
	} {
		objects := world(t, fmt.Sprintf("kind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: %s", tc.spec))
		n := netpol.New(objects)
		if !slices.ContainsFunc(n.Notes(), func(note netpol.Note) bool { return note.Kind == tc.kind && note.Message == tc.want }) {
			t.Errorf("%s: %v", tc.name, n.Notes())
		}
		refused := tc.kind == netpol.NoteRefused
		for _, direction := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
			i := n.Isolated(podNamed(t, objects, "shop/web"), direction)
			if refused && (i.Verdict == netpol.Yes || len(i.Policies) > 0) {
				t.Errorf("%s: isolates: %v", tc.name, i)
			}
		}
		if i := n.Isolated(podNamed(t, objects, "shop/web"), networkingv1.PolicyTypeIngress); refused && i.Verdict != netpol.Depends {
			t.Errorf("%s: isolation %v", tc.name, i)
		}
	}
}

// TestNotesOfObjects: what is there twice or has no namespace, and hosts.
func TestNotesOfObjects(t *testing.T) {
	objects := world(t, `kind: NetworkPolicy
metadata: {name: lost}
---
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}}
---
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}}
---
kind: NetworkPolicy
metadata: {name: h, namespace: ops}
spec: {podSelector: {matchLabels: {app: agent}}}`)
	n := netpol.New(objects)
	var got []string
	for _, note := range n.Notes() {
		got = append(got, fmt.Sprintf("%s %s/%s %s", note.Kind, note.Object.Namespace, note.Object.Name, note.Message))
	}
	want := []string{
		"refused /lost has no namespace, and is left out",
		`host-network ops/h selects pod "agent", which is on the host's network, where policies do not hold`,
		"odd shop/p is there more than once; the last one counts",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if i := n.Isolated(podNamed(t, objects, "shop/db"), networkingv1.PolicyTypeIngress); i.Verdict != netpol.No {
		t.Errorf("the first one counts: %v", i)
	}
	if i := n.Isolated(podNamed(t, objects, "ops/agent"), networkingv1.PolicyTypeIngress); i.Verdict != netpol.No || !i.HostNetwork || len(i.Policies) != 1 {
		t.Errorf("a pod on the host's network: %v", i)
	}
}

// TestPartOfACluster: without all pods nothing is called dead.
func TestPartOfACluster(t *testing.T) {
	objects := world(t, `kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {matchLabels: {app: x}}, ingress: [{ports: [{port: x}], from: [{podSelector: {matchLabels: {app: x}}}]}]}`)
	objects.Whole = false
	if notes := netpol.New(objects).Notes(); len(notes) > 0 {
		t.Error(notes)
	}
}

// TestZero: the zero value and empty objects answer.
func TestZero(t *testing.T) {
	objects := world(t)
	for _, n := range []*netpol.Network{{}, netpol.New(netpol.Objects{})} {
		if verdict, _ := ask(t, n, objects, "shop/web > shop/db TCP 1"); verdict != "yes" {
			t.Error(verdict)
		}
		if verdict, _ := ask(t, n, objects, "shop/* > shop/db TCP 1"); verdict != "no" {
			t.Error("a namespace without pods:", verdict)
		}
		a := n.Reach(netpol.Pods(objects.Pods...), netpol.Internet(), netpol.Ports{})
		if a.Allowed != netpol.No {
			t.Error("no ports:", a.Allowed)
		}
	}
	for _, bad := range []int32{-1, 0, 65536} {
		if _, err := netpol.Port("TCP", bad); err == nil {
			t.Errorf("port %d", bad)
		}
	}
	if _, err := netpol.Port("ICMP", 1); err == nil {
		t.Error("ICMP")
	}
}
