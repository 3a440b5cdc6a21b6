package check

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// RootGroup finds processes that are in group 0 without being root.
func RootGroup() Check {
	return Check{
		ID:        "root-group",
		Title:     "Process is in the root group",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K01"},
		Doc: "A process in group 0 reads and writes what the files of the image, and of shared " +
			"volumes, grant to the root group. Fields: runAsGroup of the container or the pod, fsGroup " +
			"and supplementalGroups of the pod; and the groups that the runtime reports of live pods, " +
			"where the image's /etc/group may have added some (supplementalGroupsPolicy Merge). uid 0 " +
			"covers it.",
		Fix:       "securityContext.runAsGroup: a gid other than 0, and supplementalGroupsPolicy: Strict",
		MayBreak:  "images whose files belong to group 0 so that any uid can use them, as OpenShift asks",
		ImpliedBy: []string{"run-as-root-observed"},
		Root:      true,
		Eval: onLinux(func(s Subject) []Violation {
			return append(podRootGroup(s), eachContainer(api.SeverityMedium, containerRootGroup)(s)...)
		}),
	}
}

func podRootGroup(s Subject) []Violation {
	sc := s.Spec.SecurityContext
	if sc == nil {
		return nil
	}
	var out []Violation
	if sc.FSGroup != nil && *sc.FSGroup == 0 {
		out = append(out, Violation{
			Path: s.Join("spec.securityContext.fsGroup"), Got: "0", Want: "not 0", Key: "fsGroup",
			Message: "volumes are given to group 0, and every process is put into it",
			Fix:     "securityContext.fsGroup: a gid other than 0",
		})
	}
	if i := slices.Index(sc.SupplementalGroups, 0); i >= 0 {
		out = append(out, Violation{
			Path: s.Join(fmt.Sprintf("spec.securityContext.supplementalGroups[%d]", i)),
			Got:  "0", Want: "not 0", Key: "supplementalGroups",
			Message: "every process is put into group 0",
			Fix:     "securityContext.supplementalGroups without 0",
		})
	}
	return out
}

func containerRootGroup(s Subject, c workload.Container) []Violation {
	user, group := c.RunAsUser(), c.RunAsGroup()
	if user.Set && user.Value == 0 {
		return nil
	}
	if group.Set && group.Value == 0 {
		return []Violation{{Path: group.Path, Got: "0", Want: "not 0", Message: "gid 0 is asked for"}}
	}
	if len(podRootGroup(s)) > 0 {
		return nil
	}
	users, _ := c.Users()
	for _, u := range users {
		if message := observedRootGroup(u, group.Set && !c.Shape.Live); u.UID != 0 && message != "" {
			return []Violation{{Path: group.Path, Got: "0 observed", Want: "not 0", Message: message}}
		}
	}
	return nil
}

// observedRootGroup describes how a user is in group 0; empty where it is not. The primary
// group that a template sets is not taken from pods, which may be of an older template.
func observedRootGroup(u corev1.LinuxContainerUser, templated bool) string {
	switch {
	case u.GID == 0 && !templated:
		return fmt.Sprintf("uid %d has gid 0 by the image", u.UID)
	case u.GID != 0 && slices.Contains(u.SupplementalGroups, 0):
		return fmt.Sprintf("uid %d is in group 0 by the image's /etc/group", u.UID)
	}
	return ""
}
