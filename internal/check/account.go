package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Account is what is known of the rights of the ServiceAccount that a subject acts as.
type Account struct {
	Namespace, Name string
	// Powers are the dangerous things that its rights let it do.
	Powers []rbac.Power
	// Rights are all that it has, without those that Kubernetes grants to every account.
	Rights []rbac.Right
	// Fact is yes where all of RBAC was read, unknown where a part of it could not be, and
	// absent where there is no more than files hold.
	Fact workload.Fact
	// Written tells that files which hold RBAC define the account: what they do not grant is
	// not meant to be granted.
	Written bool
	// Unread says what could not be read, such as "clusterrolebindings".
	Unread string
	// AdmitsPrivileged tells that Pod Security lets privileged pods into a namespace; nil where
	// nothing is known of it.
	AdmitsPrivileged func(namespace string) bool
}
