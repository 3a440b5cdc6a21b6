package check

import (
	"strconv"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// RootFSWritable finds containers that can change the files of their image.
func RootFSWritable() Check {
	return Check{
		ID:        "rootfs-writable",
		Title:     "Root file system is writable",
		Severity:  api.SeverityLow,
		Standards: []string{"cis-1.12:5.6.3", "owasp-2025:K01"},
		Doc: "Unless readOnlyRootFilesystem is true, code in the container can replace the programs of " +
			"its image, and bring its own, until the container restarts. Volumes stay writable either " +
			"way. The pod as a whole has no such field, and Pod Security does not look at it.",
		Fix:      "securityContext.readOnlyRootFilesystem: true, and an emptyDir where it writes",
		MayBreak: "programs that write outside their volumes, such as to /tmp or /var/run",
		Eval: onLinux(eachContainer(api.SeverityLow, func(_ Subject, c workload.Container) []Violation {
			v := c.ReadOnlyRootFilesystem()
			if v.Value {
				return nil
			}
			out := Violation{Path: v.Path, Got: "unset", Want: "true", Message: "the files of its image can be changed until it restarts"}
			if v.Set {
				out.Got = strconv.FormatBool(v.Value)
			}
			return []Violation{out}
		})),
	}
}
