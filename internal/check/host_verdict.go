package check

import (
	"cmp"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Checks that judge volumes of the node. Each volume is the matter of one of them.
const (
	hostPathAny    = "hostpath-any"
	hostPathEscape = "hostpath-escape"
	runtimeSocket  = "runtime-socket"
)

// hostVerdict is what one of the checks says of a volume.
type hostVerdict struct {
	check string
	Violation
}

// hostViolations are the verdicts that belong to a check. Of the paths behind the claims of
// one volume the worst counts.
func hostViolations(s Subject, check string) []Violation {
	var worst []hostVerdict
	for _, v := range hostVolumes(s) {
		verdict := judgeVolume(s, v)
		verdict.Path, verdict.Got, verdict.Want = v.field, cmp.Or(v.got, "unset"), "unset"
		verdict.Key, verdict.Controls = "volume:"+v.name, v.controls
		verdict.Severity = cmp.Or(verdict.Severity, api.SeverityMedium)
		last := len(worst) - 1
		switch {
		case last < 0 || worst[last].Path != verdict.Path:
			worst = append(worst, verdict)
		case verdict.Severity.Rank() > worst[last].Severity.Rank():
			worst[last] = verdict
		}
	}
	var out []Violation
	for _, verdict := range worst {
		if verdict.check == check {
			out = append(out, verdict.Violation)
		}
	}
	return out
}

// judgeVolume takes the worst of a volume's mounts.
func judgeVolume(s Subject, v hostVolume) hostVerdict {
	if v.unread != "" {
		message := fmt.Sprintf("volume %s may be a path of the node: %s could not be read", v.name, v.unread)
		return hostVerdict{hostPathEscape, Violation{Unknown: true, Severity: api.SeverityCritical, Message: message}}
	}
	mounts := hostMounts(s, v)
	if len(mounts) == 0 {
		worst := judgeMount(s, v, hostMount{path: v.path, readOnly: v.readOnly})
		worst.Severity, worst.Modifier = api.SeverityLow, ""
		worst.Message = fmt.Sprintf("volume %s is %s of the node%s, but no container mounts it", v.name, v.path, v.through())
		return worst
	}
	worst := judgeMount(s, v, mounts[0])
	for _, m := range mounts[1:] {
		if o := judgeMount(s, v, m); o.Severity.Rank() > worst.Severity.Rank() {
			worst = o
		}
	}
	return worst
}

// judgeMount judges one mount.
func judgeMount(s Subject, v hostVolume, m hostMount) hostVerdict {
	if owner, ok := pipeOf(v.got); ok {
		return hostVerdict{runtimeSocket, Violation{
			Severity: api.SeverityCritical,
			Message:  fmt.Sprintf("volume %s is the pipe of %s: it starts any container for whoever asks", v.name, owner),
		}}
	}
	windows := s.Windows() || drive(m.path) != ""
	if o, ok := socketIn(m.path, s.Context.Runtime); ok && !windows {
		return socketVerdict(v, m, o)
	}
	worst, in := worstPlace, inPlace
	if windows {
		worst, in = windowsPlace, inWindowsPlace
	}
	at, severity, found := worst(m.path, m.readOnly)
	if !found {
		return anyVerdict(v, m)
	}
	where := in(at, m.path)
	out := hostVerdict{hostPathEscape, Violation{
		Severity: severity,
		Message:  fmt.Sprintf("volume %s is %s of the node%s, %s: %s%s", v.name, m.path, v.through(), m.access(), at.gives, where),
	}}
	out.step(m)
	return out
}

// inPlace tells the place where the path is a directory above it.
func inPlace(pl place, p string) string {
	if _, above, _ := pl.compare(p); above {
		return ", in " + pl.pattern
	}
	return ""
}

func inWindowsPlace(pl place, p string) string {
	p = strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(p, "C:"), `\`, "/"))
	if where := inPlace(pl, p); where != "" {
		return ", in " + windowsPath(pl.pattern)
	}
	return ""
}

func socketVerdict(v hostVolume, m hostMount, o socket) hostVerdict {
	message := fmt.Sprintf("volume %s is the socket of %s%s: it starts any container for whoever asks", v.name, o.owner, v.through())
	if is, _, _ := (place{pattern: o.path}).compare(m.path); !is {
		message = fmt.Sprintf("volume %s is %s of the node%s, with the socket of %s: it starts any container for whoever asks",
			v.name, m.path, v.through(), o.owner)
	}
	if m.readOnly {
		message += ", read-only or not"
	}
	out := hostVerdict{runtimeSocket, Violation{Severity: api.SeverityCritical, Message: message}}
	out.step(m)
	return out
}

func anyVerdict(v hostVolume, m hostMount) hostVerdict {
	out := hostVerdict{hostPathAny, Violation{
		Severity: api.SeverityMedium,
		Message:  fmt.Sprintf("volume %s is %s of the node%s", v.name, cmp.Or(m.path, "no path"), v.through()),
	}}
	switch {
	case m.spreads():
		out.raise()
	case v.claim != "":
		out.Severity, out.Modifier = out.Severity.Step(-1), "-1: the administrator's PersistentVolume chose the path"
	}
	return out
}

// step changes the severity by one at most: mounts that spread to the node raise it, and it
// is lower for a process that is not root or has ended before it can be reached.
func (v *hostVerdict) step(m hostMount) {
	switch {
	case m.container.Container == nil:
	case m.spreads():
		v.raise()
	case ownsNothing(m.container):
		v.Severity, v.Modifier = v.Severity.Step(-1), "-1: not root"
	case m.container.Type == api.ContainerInit:
		v.Severity, v.Modifier = v.Severity.Step(-1), "-1: init container"
	}
}

func (v *hostVerdict) raise() {
	if higher := v.Severity.Step(1); higher != v.Severity {
		v.Severity, v.Modifier = higher, "+1: what is mounted there spreads to the node (Bidirectional)"
	}
}

// ownsNothing tells whether the process is no owner of root's files on the node: it is not
// root, in no group that was added, and not privileged.
func ownsNothing(c workload.Container) bool {
	group := c.RunAsGroup()
	sc := c.Shape.Spec.SecurityContext
	return nonRoot(c) && !c.Privileged().Value && (!group.Set || group.Value != 0) &&
		(sc == nil || sc.FSGroup == nil && len(sc.SupplementalGroups) == 0)
}

func (m hostMount) spreads() bool {
	return m.mount.MountPropagation != nil && *m.mount.MountPropagation == corev1.MountPropagationBidirectional
}

func (m hostMount) access() string {
	if m.readOnly {
		return "read-only"
	}
	return "writable"
}

// through names the claim that the pod has the volume by.
func (v hostVolume) through() string {
	if v.claim == "" {
		return ""
	}
	return ", through claim " + v.claim
}
