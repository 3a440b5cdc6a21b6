package check

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// ShareProcessNS finds pods whose containers see each other's processes.
func ShareProcessNS() Check {
	return Check{
		ID:        "share-process-ns",
		Title:     "Containers share their processes",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K01", "attack:T1552"},
		Doc: "With shareProcessNamespace every container of the pod sees the processes of the others, " +
			"and root or the same uid reads their environment and their files through /proc/PID/root, " +
			"signals and, with SYS_PTRACE, drives them. Medium where a container reads so the Secret " +
			"that only another one was given, in a variable or a volume. Low where there is none, or " +
			"where two uids that are known and not root keep them apart. Nothing where the pod has one " +
			"container beside those that end before it starts. See proc(5), ptrace(2).",
		Fix:      "no shareProcessNamespace; kubectl debug --target sees one container's processes when it must",
		MayBreak: "sidecars that signal the main process, and images that leave reaping of children to the pause process",
		Eval: onLinux(func(s Subject) []Violation {
			if s.Spec.ShareProcessNamespace == nil || !*s.Spec.ShareProcessNamespace {
				return nil
			}
			var running []workload.Container
			for c := range s.Containers() {
				if c.Type != api.ContainerInit {
					running = append(running, c)
				}
			}
			if len(running) < 2 {
				return nil
			}
			v := Violation{
				Path: s.Join("spec.shareProcessNamespace"), Got: "true", Want: "false", Severity: api.SeverityLow,
				Message: fmt.Sprintf("%d containers see and signal each other's processes", len(running)),
			}
			if reader, owner, secret, found := crossReader(s, running); found {
				v.Severity = api.SeverityMedium
				v.Message = fmt.Sprintf("%s can read Secret %s, which only %s is given, through its processes", reader.Name, secret, owner.Name)
			}
			return []Violation{v}
		}),
	}
}

// crossReader finds the first container that can read a Secret of another which it is not
// given itself.
func crossReader(s Subject, running []workload.Container) (reader, owner workload.Container, secret string, found bool) {
	for _, owner := range running {
		for _, reader := range running {
			given := secretsOf(s, reader)
			for _, secret := range secretsOf(s, owner) {
				if reader.Name != owner.Name && !slices.Contains(given, secret) && !keptApart(reader, owner) {
					return reader, owner, secret, true
				}
			}
		}
	}
	return reader, owner, "", false
}

// keptApart tells whether the reader is known not to be root nor the owner's uid.
func keptApart(reader, owner workload.Container) bool {
	r, o := reader.RunAsUser(), owner.RunAsUser()
	return !reader.Privileged().Value && r.Set && r.Value != 0 && o.Set && r.Value != o.Value
}

// secretsOf are the names of the Secrets that a container gets by variable or volume.
func secretsOf(s Subject, c workload.Container) []string {
	var names []string
	for _, e := range c.Env {
		if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
			names = append(names, e.ValueFrom.SecretKeyRef.Name)
		}
	}
	for _, e := range c.EnvFrom {
		if e.SecretRef != nil {
			names = append(names, e.SecretRef.Name)
		}
	}
	for _, v := range s.Spec.Volumes {
		if mounts(c, v.Name) {
			names = append(names, volumeSecrets(v)...)
		}
	}
	return names
}

func volumeSecrets(v corev1.Volume) []string {
	var names []string
	if v.Secret != nil {
		names = append(names, v.Secret.SecretName)
	}
	if v.Projected != nil {
		for _, p := range v.Projected.Sources {
			if p.Secret != nil {
				names = append(names, p.Secret.Name)
			}
		}
	}
	return names
}
