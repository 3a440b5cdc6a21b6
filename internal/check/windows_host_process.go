package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// WindowsHostProcess finds containers that run as processes of a Windows node.
func WindowsHostProcess() Check {
	return Check{
		ID:        "windows-host-process",
		Title:     "Container is a process of the Windows node",
		Severity:  api.SeverityCritical,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.10", "owasp-2025:K01", "attack:T1611"},
		Doc: "windowsOptions.hostProcess runs the container as a process of the node, with its file " +
			"system and network, and as a user of the node: NT AUTHORITY\\SYSTEM where runAsUserName " +
			"says so. The container's windowsOptions override the pod's key by key; Pod Security " +
			"refuses the pod's even where every container overrides it.",
		Fix:      "securityContext.windowsOptions.hostProcess: false",
		MayBreak: "agents that manage the node's network or storage",
		Eval: func(s Subject) []Violation {
			out := eachContainer(api.SeverityCritical, func(_ Subject, c workload.Container) []Violation {
				v := c.HostProcess()
				if !v.Value {
					return nil
				}
				return []Violation{hostProcess(v.Path)}
			})(s)
			sc := s.Spec.SecurityContext
			if sc == nil || sc.WindowsOptions == nil || sc.WindowsOptions.HostProcess == nil || !*sc.WindowsOptions.HostProcess {
				return out
			}
			return overridden(s, out, hostProcess(s.Join("spec.securityContext.windowsOptions.hostProcess")))
		},
	}
}

func hostProcess(path string) Violation {
	return Violation{
		Path: path, Got: "true", Want: "false",
		Message:  "runs as a process of the node, with its files and network",
		Controls: []podsecurity.Control{"windowsHostProcess"},
	}
}
