package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// RunAsRootDeclared finds containers that are asked to run as root, or that nothing keeps from it.
func RunAsRootDeclared() Check {
	return Check{
		ID:        "run-as-root-declared",
		Title:     "Container may run as root",
		Severity:  api.SeverityHigh,
		Standards: []string{"pss:restricted", "cis-1.12:5.2.7", "owasp-2025:K01"},
		Doc: "The uid in effect is the container's runAsUser, else the pod's, else the image's; " +
			"runAsNonRoot is no setting but a test that the kubelet makes at start, and the " +
			"container's value replaces the pod's. High where runAsUser is 0, and where neither " +
			"field is set and the runtime reports no user: the image decides. Low where the process " +
			"is not root, but the field that Pod Security restricted asks for is missing. On " +
			"Windows the field forbids ContainerAdministrator. Behaviour: " +
			"pkg/kubelet/kuberuntime/security_context_others.go of Kubernetes (verifyRunAsNonRoot).",
		Fix:       "securityContext.runAsNonRoot: true, with runAsUser where the image names no number",
		MayBreak:  "images that start as root to bind low ports or to change the owner of files",
		ImpliedBy: []string{"run-as-root-observed"},
		Root:      true,
		Eval: func(s Subject) []Violation {
			eval := declaredRoot
			if s.Windows() {
				eval = declaredAdministrator
			}
			return podRoot(s, eachContainer(api.SeverityHigh, eval)(s))
		},
	}
}

func declaredRoot(s Subject, c workload.Container) []Violation {
	user, test := c.RunAsUser(), c.RunAsNonRoot()
	if test.Value {
		return nil
	}
	v := untested(test)
	switch {
	case user.Set && user.Value == 0:
		v.Key, v.Severity, v.Message = "runAsNonRoot", api.SeverityLow, "nothing tests for root at start"
		root := Violation{
			Path: user.Path, Got: "0", Want: "not 0", Message: "uid 0 is asked for",
			Fix:      "securityContext.runAsUser: a uid other than 0, and runAsNonRoot: true",
			Controls: []podsecurity.Control{"runAsUser"},
		}
		if !s.refused(v) {
			return []Violation{root}
		}
		return []Violation{root, v}
	case user.Set:
		v.Severity = api.SeverityLow
		v.Message = fmt.Sprintf("uid %d, but the field runAsNonRoot that restricted asks for is %s", user.Value, v.Got)
		if !s.refused(v) {
			return nil
		}
	default:
		imageUser(c, &v)
	}
	return []Violation{v}
}

// imageUser judges a container whose user the image decides.
func imageUser(c workload.Container, v *Violation) {
	users, pods := c.Users()
	switch {
	case pods == 0:
		v.Message, v.Derived = "nothing forbids root, and the image decides", true
	case users[0].UID == 0:
		v.Message = "uid 0 is observed, and nothing forbids it"
	default:
		v.Severity = api.SeverityLow
		v.Message = fmt.Sprintf("uid %d is observed, but nothing forbids root", users[0].UID)
	}
}

func declaredAdministrator(s Subject, c workload.Container) []Violation {
	test := c.RunAsNonRoot()
	if test.Value {
		return nil
	}
	v := untested(test)
	switch name := c.Settings(s.Context)[workload.SettingUserName].Value; {
	case name == "unset":
		v.Severity, v.Derived = api.SeverityMedium, true
		v.Message = "nothing forbids ContainerAdministrator, and the image decides"
	case strings.EqualFold(name, "ContainerAdministrator"):
		v.Severity, v.Message = api.SeverityMedium, "runs as ContainerAdministrator"
	default:
		v.Severity = api.SeverityLow
		v.Message = "another user is named, but the field runAsNonRoot that restricted asks for is " + v.Got
	}
	uid := Violation{
		Path: c.RunAsUser().Path, Got: "0", Want: "unset", Key: "runAsUser", Severity: api.SeverityLow,
		Message:  fmt.Sprintf("no effect on Windows, but %s refuses it", s.policy()),
		Controls: []podsecurity.Control{"runAsUser"},
	}
	if user := c.RunAsUser(); user.Set && user.Value == 0 && s.refused(uid) {
		return []Violation{uid, v}
	}
	return []Violation{v}
}

func untested(test workload.Value[bool]) Violation {
	v := Violation{
		Path: test.Path, Got: "unset", Want: "true",
		Controls: []podsecurity.Control{"runAsNonRoot"},
	}
	if test.Set {
		v.Got = strconv.FormatBool(test.Value)
	}
	return v
}

// podRoot adds the fields of the pod that every container overrides.
func podRoot(s Subject, out []Violation) []Violation {
	sc := s.Spec.SecurityContext
	if sc == nil {
		return out
	}
	if sc.RunAsNonRoot != nil && !*sc.RunAsNonRoot {
		out = overridden(s, out, Violation{
			Path: s.Join("spec.securityContext.runAsNonRoot"), Got: "false", Want: "true", Key: "runAsNonRoot",
			Controls: []podsecurity.Control{"runAsNonRoot"},
		})
	}
	for c := range s.Containers() {
		if c.RunAsUser().Origin == workload.OriginPod {
			return out
		}
	}
	if sc.RunAsUser != nil && *sc.RunAsUser == 0 {
		out = overridden(s, out, Violation{
			Path: s.Join("spec.securityContext.runAsUser"), Got: "0", Want: "not 0", Key: "runAsUser",
			Controls: []podsecurity.Control{"runAsUser"},
		})
	}
	return out
}
