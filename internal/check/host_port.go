package check

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// HostPort finds ports that are opened on the node.
func HostPort() Check {
	return Check{
		ID:        "host-port",
		Title:     "Container port is opened on the node",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.12", "owasp-2025:K05"},
		Doc: "With hostPort the node forwards a port of its own, on every address unless hostIP names " +
			"one, to the container: it is reachable by whoever reaches the node, past Services and " +
			"their policies. The ports of a hostNetwork pod are host ports as well; host-network covers them.",
		Fix:       "a Service in place of hostPort",
		MayBreak:  "clients that call the node's address",
		ImpliedBy: []string{"host-network"},
		Eval: eachContainer(api.SeverityMedium, func(_ Subject, c workload.Container) []Violation {
			var out []Violation
			for i, p := range c.Ports {
				if p.HostPort == 0 {
					continue
				}
				where := "every address"
				if p.HostIP != "" && p.HostIP != "0.0.0.0" && p.HostIP != "::" {
					where = p.HostIP
				}
				out = append(out, Violation{
					Path: c.Field(fmt.Sprintf("ports[%d].hostPort", i)),
					Got:  strconv.Itoa(int(p.HostPort)), Want: "unset", Key: portKey(p),
					Message:  fmt.Sprintf("port %d of the node is open on %s", p.HostPort, where),
					Controls: []podsecurity.Control{"hostPorts"},
				})
			}
			return out
		}),
	}
}

func portKey(p corev1.ContainerPort) string {
	protocol := p.Protocol
	if protocol == "" {
		protocol = corev1.ProtocolTCP
	}
	key := fmt.Sprintf("port:%d/%s", p.HostPort, protocol)
	if p.HostIP != "" {
		key += "@" + p.HostIP
	}
	return key
}
