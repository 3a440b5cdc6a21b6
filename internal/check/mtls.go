package check

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// MTLS finds pods of a mesh that take connections without mutual TLS.
func MTLS() Check {
	return Check{
		ID:        "mtls",
		Title:     "Pod of a mesh takes connections without mutual TLS",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K05", "attack:T1040"},
		Doc: "In a mesh, whoever connects without its identity is let in unless mutual TLS is strict: who calls is " +
			"then not proven, and what is said not encrypted. For Istio the PeerAuthentication of the workload, " +
			"else of its namespace, else of the mesh (istio-system), by port, and ports that go past the sidecar; " +
			"permissive without any. For Linkerd the default inbound policy; its Servers are not read. Not " +
			"reported of namespaces outside of a mesh. Sources: " +
			"https://istio.io/latest/docs/reference/config/security/peer_authentication/, " +
			"https://linkerd.io/2-edge/reference/authorization-policy/.",
		Fix:      "Istio: a PeerAuthentication with mtls.mode STRICT; Linkerd: config.linkerd.io/default-inbound-policy all-authenticated",
		MayBreak: "clients outside of the mesh: probes are rewritten by Istio, Prometheus and Ingress controllers are not",
		Eval: func(s Subject) []Violation {
			n := s.Context.Network
			if n == nil || n.MTLSMode == "" || n.MTLSMode == "strict" {
				return nil
			}
			return []Violation{{
				Path: "PeerAuthentications of its namespace", Got: n.MTLSMode, Want: "strict", Key: "mtls",
				Unknown: n.MTLSMode == "unknown", Message: "mutual TLS: " + n.MTLS,
			}}
		},
	}
}
