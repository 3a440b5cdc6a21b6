package netpol_test

import (
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// setsText is all that sets say, for people and for comparing.
func setsText(sets []api.PolicySet) string {
	var b strings.Builder
	for i := range sets {
		for j := range sets[i].Policies {
			policyText(&b, &sets[i].Policies[j])
		}
		for _, w := range sets[i].Isolates {
			fmt.Fprintf(&b, "isolates %s %v, %d edges\n", w.Workload.Short(), w.Directions, w.Edges)
		}
		if sets[i].Answer != nil {
			answerText(&b, sets[i].Answer)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func policyText(b *strings.Builder, d *api.PolicyDraft) {
	if d.Flavor == api.FlavorCilium {
		b.WriteString("cilium ")
	}
	fmt.Fprintf(b, "policy %s/%s %s %v\n", d.Namespace, d.Name, metav1.FormatLabelSelector(&d.PodSelector), d.Types)
	for _, r := range d.Ingress {
		fmt.Fprintf(b, "  in  %s\n", ruleText(r))
	}
	for _, r := range d.Egress {
		fmt.Fprintf(b, "  out %s\n", ruleText(r))
	}
}

func ruleText(r api.PolicyRuleDraft) string {
	var peers, ports []string
	for _, p := range r.Peers {
		peers = append(peers, peerText(p))
	}
	for _, p := range r.Ports {
		text := string(*p.Protocol)
		if p.Port != nil {
			text += " " + p.Port.String()
		}
		if p.EndPort != nil {
			text += fmt.Sprintf("-%d", *p.EndPort)
		}
		ports = append(ports, text)
	}
	for _, entity := range r.Terms().Entities {
		peers = append(peers, "entity "+entity)
	}
	for _, name := range r.Terms().Names {
		peers = append(peers, "name "+name)
	}
	if len(peers) == 0 {
		peers = []string{"anybody"}
	}
	lookups := ""
	for _, p := range r.Terms().Lookups {
		lookups += fmt.Sprintf("; names by %s %s", *p.Protocol, p.Port)
	}
	return strings.Join(peers, " | ") + ": " + strings.Join(ports, ", ") + lookups + "\n        # " + strings.Join(r.Reasons, "\n        # ")
}

func peerText(p networkingv1.NetworkPolicyPeer) string {
	if p.IPBlock != nil {
		return p.IPBlock.CIDR
	}
	text := metav1.FormatLabelSelector(p.PodSelector)
	if p.NamespaceSelector != nil {
		text = metav1.FormatLabelSelector(p.NamespaceSelector) + " + " + text
	}
	return text
}

func answerText(b *strings.Builder, a *api.PolicyAnswer) {
	p := &a.Proof
	fmt.Fprintf(b, "%s: %d edges, observed %d covered %d granted %d, closes %v closed %v\n", a.Workload.Short(), a.Edges, p.Observed, p.Covered, p.Granted, a.Closes, a.Closed)
	if a.Configured+a.NotAllowed > 0 {
		fmt.Fprintf(b, "  configured    %d let through, %d not\n", a.Configured, a.NotAllowed)
	}
	for _, u := range a.Unobserved {
		fmt.Fprintf(b, "  unobserved    %s: %s\n", u.Use, u.Reason)
	}
	for _, u := range a.Unconfigured {
		fmt.Fprintf(b, "  unconfigured  %s: %s\n", u.Use, u.Reason)
	}
	if a.Replaces != "" {
		fmt.Fprintf(b, "  replaces      %s, which closed %v\n", a.Replaces, a.ClosedBefore)
	}
	if a.Without != "" {
		fmt.Fprintf(b, "  without       %s\n", a.Without)
	}
	for _, o := range a.Open {
		fmt.Fprintf(b, "  open          %s: %s", o.Direction, o.Reason)
		if len(o.Names) > 0 {
			fmt.Fprintf(b, " %q", o.Names)
		}
		b.WriteString("\n")
	}
	for _, u := range p.Added {
		fmt.Fprintf(b, "  added         %s: %s\n", u.Use, u.Reason)
	}
	for _, u := range p.Excess {
		fmt.Fprintf(b, "  excess        %s: %s\n", u.Use, u.Reason)
	}
	for _, u := range p.Inexpressible {
		fmt.Fprintf(b, "  inexpressible %s: %s\n", u.Use, u.Reason)
	}
	for _, u := range p.Denied {
		fmt.Fprintf(b, "  denied        %s %dx %s\n", u.Use, u.Count, u.By)
	}
	for _, u := range p.LeftOut {
		fmt.Fprintf(b, "  left out      %s %dx %s\n", u.Use, u.Count, u.By)
	}
	for _, f := range a.InForce {
		fmt.Fprintf(b, "  in force      %s: %s\n", f.Policy.Name, strings.Join(f.More, "; "))
	}
	for _, n := range a.Notes {
		fmt.Fprintf(b, "  note          %s\n", n)
	}
	if t := p.Tuples; t != nil {
		fmt.Fprintf(b, "  tuples        needed %d, before %d, after %d; outside %s, then %s\n", t.Needed, t.Before, t.After, t.OutsideBefore, t.OutsideAfter)
	}
}
