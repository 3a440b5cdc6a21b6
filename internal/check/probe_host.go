package check

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// ProbeHost finds probes and hooks that make the kubelet call another host.
func ProbeHost() Check {
	return Check{
		ID:        "probe-host",
		Title:     "Probe or hook names a host",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:baseline", "owasp-2025:K05"},
		Doc: "The kubelet makes the calls of httpGet and tcpSocket probes and hooks from the node's " +
			"network. With a host of its own such a call goes to that host and not to the pod, so that " +
			"whoever writes the pod makes the node ask what the pod could not reach: a service on the " +
			"node's loopback, the metadata service of the cloud. Pod Security baseline refuses it from " +
			"1.34 on; it does the same before.",
		Fix:      "no host in the probe or hook; a Host header stands in httpGet.httpHeaders",
		MayBreak: "probes of hostNetwork pods that listen on 127.0.0.1 alone: let them listen on the pod's address",
		Eval: eachContainer(api.SeverityMedium, func(_ Subject, c workload.Container) []Violation {
			var out []Violation
			for _, h := range handlers(c) {
				if h.HTTPGet != nil && h.HTTPGet.Host != "" {
					out = append(out, probeViolation(c, h.field+".httpGet", h.HTTPGet.Host))
				}
				if h.TCPSocket != nil && h.TCPSocket.Host != "" {
					out = append(out, probeViolation(c, h.field+".tcpSocket", h.TCPSocket.Host))
				}
			}
			return out
		}),
	}
}

func probeViolation(c workload.Container, field, host string) Violation {
	return Violation{
		Path: c.Field(field + ".host"), Got: host, Want: "unset", Key: field,
		Message:  fmt.Sprintf("%s makes the kubelet call %s, from the node's network", field, host),
		Controls: []podsecurity.Control{"hostProbesAndHostLifecycle"},
	}
}

// handler is a probe or hook with its field.
type handler struct {
	field string
	corev1.LifecycleHandler
}

func handlers(c workload.Container) []handler {
	var out []handler
	probe := func(field string, p *corev1.Probe) {
		if p != nil {
			out = append(out, handler{field, corev1.LifecycleHandler{
				Exec: p.Exec, HTTPGet: p.HTTPGet, TCPSocket: p.TCPSocket,
			}})
		}
	}
	probe("livenessProbe", c.LivenessProbe)
	probe("readinessProbe", c.ReadinessProbe)
	probe("startupProbe", c.StartupProbe)
	return append(out, hooks(c)...)
}

// hooks are the lifecycle handlers alone.
func hooks(c workload.Container) []handler {
	if c.Lifecycle == nil {
		return nil
	}
	var out []handler
	if h := c.Lifecycle.PostStart; h != nil {
		out = append(out, handler{"lifecycle.postStart", *h})
	}
	if h := c.Lifecycle.PreStop; h != nil {
		out = append(out, handler{"lifecycle.preStop", *h})
	}
	return out
}
