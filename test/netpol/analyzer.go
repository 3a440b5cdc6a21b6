package main

import (
	"slices"
	"strconv"

	"github.com/np-guard/netpol-analyzer/pkg/logger"
	"github.com/np-guard/netpol-analyzer/pkg/netpol/eval"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// askAnalyzer asks the PolicyEngine of netpol-analyzer 1.4.4. It holds that an ipBlock never
// selects a pod. Where it errs, it is given what means the same:
//   - A port entry with a protocol alone matches every protocol (ruleConnsContain of
//     pkg/netpol/eval/internal/k8s/netpol.go returns before it looks at the protocol): such
//     entries become the range 1 to 65535.
//   - Ports of sidecars are not read (PodFromCoreObject of the same package): they become ports
//     of a container.
//   - A named port in egress to an address is an error, where it only does not match: for such
//     questions entries with names are taken out.
func (w *world) askAnalyzer() ([]string, error) {
	inside, err := w.analyzer(false)
	if err != nil {
		return nil, err
	}
	toOutside, err := w.analyzer(true)
	if err != nil {
		return nil, err
	}
	var answers []string
	for _, q := range w.Questions {
		engine := inside
		if outside(q.To) {
			engine = toOutside
		}
		yes, err := engine.CheckIfAllowed(q.From, q.To, string(q.Protocol), strconv.Itoa(int(q.Port)))
		if err != nil {
			return nil, err
		}
		answers = append(answers, yesOrNo(yes))
	}
	return answers, nil
}

func (w *world) analyzer(toOutside bool) (*eval.PolicyEngine, error) {
	engine, err := eval.NewPolicyEngineWithOptionsList(eval.WithLogger(logger.NewDefaultLoggerWithVerbosity(logger.LowVerbosity)))
	if err != nil {
		return nil, err
	}
	for _, ns := range w.Namespaces {
		if err := engine.InsertObject(ns); err != nil {
			return nil, err
		}
	}
	for _, pod := range w.Pods {
		pod = pod.DeepCopy()
		pod.Spec.Containers = append(pod.Spec.Containers, sidecars(pod)...)
		if err := engine.InsertObject(pod); err != nil {
			return nil, err
		}
	}
	for _, p := range w.Policies {
		p = p.DeepCopy()
		for i := range p.Spec.Ingress {
			widen(p.Spec.Ingress[i].Ports)
		}
		for i := range p.Spec.Egress {
			widen(p.Spec.Egress[i].Ports)
		}
		if toOutside {
			p.Spec.Egress = withoutNames(p.Spec.Egress)
		}
		if err := engine.InsertObject(p); err != nil {
			return nil, err
		}
	}
	return engine, nil
}

func sidecars(pod *corev1.Pod) []corev1.Container {
	return slices.DeleteFunc(slices.Clone(pod.Spec.InitContainers), func(c corev1.Container) bool {
		return c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways
	})
}

func widen(ports []networkingv1.NetworkPolicyPort) {
	for i := range ports {
		if ports[i].Port == nil {
			first, last := intstr.FromInt32(1), int32(65535)
			ports[i].Port, ports[i].EndPort = &first, &last
		}
	}
}

// withoutNames takes out named ports, and rules that have no others.
func withoutNames(rules []networkingv1.NetworkPolicyEgressRule) []networkingv1.NetworkPolicyEgressRule {
	var left []networkingv1.NetworkPolicyEgressRule
	for _, r := range rules {
		had := len(r.Ports) > 0
		r.Ports = slices.DeleteFunc(r.Ports, func(p networkingv1.NetworkPolicyPort) bool { return p.Port.Type == intstr.String })
		if len(r.Ports) > 0 || !had {
			left = append(left, r)
		}
	}
	return left
}
