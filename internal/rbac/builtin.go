package rbac

import (
	_ "embed" // for builtin.yaml
	"fmt"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

//go:embed builtin.yaml
var builtin string

// Builtin are the ClusterRoles cluster-admin, admin, edit and view as Kubernetes makes them: for
// files that bind them, which do not define them. An aggregated ClusterRole of a cluster may
// have more.
func Builtin() []rbacv1.ClusterRole {
	var roles []rbacv1.ClusterRole
	for doc := range strings.SplitSeq(builtin, "\n---\n") {
		role := rbacv1.ClusterRole{}
		if err := yaml.Unmarshal([]byte(doc), &role); err != nil {
			panic(fmt.Sprintf("rbac: builtin.yaml does not parse: %v", err))
		}
		roles = append(roles, role)
	}
	return roles
}
