// Package podsecurity asks k8s.io/pod-security-admission/policy, the code that the API
// server itself runs, which Pod Security controls a pod breaks at a given version.
package podsecurity

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	psapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Control is the ID of an upstream check, such as "hostPorts".
type Control = policy.CheckID

// Failure is one control that a pod breaks.
type Failure struct {
	Control Control
	// Level is the lowest level that has the control.
	Level api.Level
	// Detail is upstream's sentence.
	Detail string
}

// Evaluator judges pods by the controls of one policy version.
type Evaluator struct {
	version  psapi.Version
	controls []control
}

type control struct {
	id       Control
	level    api.Level
	checkPod policy.CheckPodFn
}

// Newest is the newest minor that this build knows the policy of. A newer server is judged
// by it, as upstream's evaluator does.
func Newest() psapi.Version {
	newest := psapi.MajorMinorVersion(1, 0)
	for _, c := range policy.DefaultChecks() {
		for _, v := range c.Versions {
			if newest.Older(v.MinimumVersion) {
				newest = v.MinimumVersion
			}
		}
	}
	return psapi.MajorMinorVersion(1, max(newest.Minor(), newestMinor))
}

// newestMinor is the minor of the k8s.io/pod-security-admission release in go.mod.
const newestMinor = 37

// oldestMinor is the first minor whose policy judges seccomp by fields alone; before it,
// annotations counted, which no check looks at.
const oldestMinor = 19

// New returns the evaluator of the policy at version; one that is "latest" or newer than
// Newest counts as Newest.
func New(version psapi.Version) *Evaluator {
	if newest := Newest(); version.Latest() || newest.Older(version) {
		version = newest
	}
	e := &Evaluator{version: version}
	for _, c := range policy.DefaultChecks() {
		i := len(c.Versions) - 1
		for i >= 0 && version.Older(c.Versions[i].MinimumVersion) {
			i--
		}
		if i < 0 {
			continue
		}
		level := api.LevelBaseline
		if c.Level == psapi.LevelRestricted {
			level = api.LevelRestricted
		}
		e.controls = append(e.controls, control{c.ID, level, c.Versions[i].CheckPod})
	}
	slices.SortFunc(e.controls, func(a, b control) int { return strings.Compare(string(a.id), string(b.id)) })
	return e
}

// Version is the version that is judged by.
func (e *Evaluator) Version() psapi.Version { return e.version }

// Failures lists the controls that the pod breaks, sorted by control. A baseline control
// stands for itself even where a restricted one covers it, so that each failure has its
// lowest level.
func (e *Evaluator) Failures(meta *metav1.ObjectMeta, spec *corev1.PodSpec) []Failure {
	var out []Failure
	for _, c := range e.controls {
		if result := c.checkPod(meta, spec); !result.Allowed {
			out = append(out, Failure{c.id, c.level, result.ForbiddenReason + ": " + result.ForbiddenDetail})
		}
	}
	return out
}

// Breaks tells whether the pod breaks one control. A control that the version does not
// have is never broken.
func (e *Evaluator) Breaks(id Control, meta *metav1.ObjectMeta, spec *corev1.PodSpec) bool {
	for _, c := range e.controls {
		if c.id == id {
			return !c.checkPod(meta, spec).Allowed
		}
	}
	return false
}

// LevelOf is the lowest level that has the control; empty where the version has none.
func (e *Evaluator) LevelOf(id Control) api.Level {
	for _, c := range e.controls {
		if c.id == id {
			return c.level
		}
	}
	return ""
}

// Level is the highest level that the failures leave.
func Level(failures []Failure) api.Level {
	level := api.LevelRestricted
	for _, f := range failures {
		if f.Level == api.LevelBaseline {
			return api.LevelPrivileged
		}
		level = api.LevelBaseline
	}
	return level
}

// Parse reads LEVEL or LEVEL@VERSION, such as "restricted" or "baseline@v1.30". Without a
// version found is false. The version must be one that the policy is known of.
func Parse(text string) (level api.Level, version psapi.Version, found bool, err error) {
	name, at, found := strings.Cut(text, "@")
	level = api.Level(name)
	if !slices.Contains([]api.Level{api.LevelPrivileged, api.LevelBaseline, api.LevelRestricted}, level) {
		return "", version, false, fmt.Errorf("pod security level %q is none of privileged, baseline, restricted", name)
	}
	if !found {
		return level, version, false, nil
	}
	version, err = psapi.ParseVersion(at)
	if err != nil {
		return "", version, false, fmt.Errorf("pod security version %q is neither latest nor of the form v1.36", at)
	}
	if oldest := psapi.MajorMinorVersion(1, oldestMinor); !version.Latest() && version.Older(oldest) {
		return "", version, false, fmt.Errorf("pod security version %s is older than %s, the oldest known", at, oldest.String())
	}
	if newest := Newest(); !version.Latest() && newest.Older(version) {
		return "", version, false, fmt.Errorf("pod security version %s is newer than %s, the newest known", at, newest.String())
	}
	return level, version, true, nil
}
