package patch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// rootBreaks is what breaks where root is no longer the user.
const rootBreaks = "images that start as root to bind low ports or to change the owner of files"

// was is the value that a change replaces, without credentials.
func (one *planned) was(c change) string { return written(one.at(c.steps)) }

// written is a value in words.
func written(value any) string {
	switch v := value.(type) {
	case nil:
		return unsetWord
	case string:
		return shown(v)
	case []any:
		words := make([]string, len(v))
		for i := range v {
			words[i] = written(v[i])
		}
		return strings.Join(words, ", ")
	case map[string]any:
		for _, key := range []string{"type", "name"} {
			if v[key] != nil {
				return written(v[key])
			}
		}
		return "{}"
	}
	return fmt.Sprint(value)
}

// mostShown is how much of a value is worth to show, in bytes.
const mostShown = 80

// shown is a value that was read, without credentials and not too long.
func shown(text string) string {
	text = workload.RedactText(text)
	if len(text) > mostShown {
		text = strings.ToValidUTF8(text[:mostShown], "") + "…"
	}
	return text
}

// userWords say what is not known of the user of the containers that a change is about.
func (one *planned) userWords(g gap) string {
	var unknown, root []string
	pods := 0
	for c := range one.shape.Containers() {
		if !takes(c, g) {
			continue
		}
		user := c.RunAsUser()
		users, seen := c.Users()
		switch {
		case user.Set && user.Value != 0:
		case seen > 0 && users[0].UID == 0:
			root, pods = append(root, c.Name), max(pods, seen)
		case seen == 0:
			unknown = append(unknown, c.Name)
		}
	}
	var out []string
	if len(root) > 0 {
		out = append(out, fmt.Sprintf("%s ran as uid 0 in %s: the kubelet refuses to start it so; give it runAsUser, a number that the image can run as",
			containerWords(root), workload.Plural(pods, "pod")))
	}
	if len(unknown) > 0 {
		out = append(out, fmt.Sprintf("the user of the image of %s is not known: where the image names root, or a user that is no number, "+
			"the kubelet refuses to start it until runAsUser is a number that the image can run as", containerWords(unknown)))
	}
	return strings.Join(out, "; ")
}

// takes tells whether a container takes the value that a gap is about.
func takes(c workload.Container, g gap) bool {
	if g.Container.Container != nil {
		return c.Path == g.Container.Path
	}
	if strings.HasSuffix(g.Path, "runAsUser") {
		return c.RunAsUser().Origin == workload.OriginPod
	}
	return c.RunAsNonRoot().Origin != workload.OriginContainer
}

func containerWords(names []string) string {
	slices.Sort(names)
	const most = 3
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), strconv.Itoa(more)+" more")
	}
	if len(names) == 1 {
		return "container " + names[0]
	}
	return "containers " + strings.Join(names, ", ")
}

// firstFreePort is the first that every user may listen on.
const firstFreePort = 1024

// dropBreaks says what dropping all capabilities may break, with the ports that it is known of.
func dropBreaks(shape *workload.Shape, g gap) string {
	var ports []string
	for c := range shape.Containers() {
		if g.Container.Container == nil || c.Path != g.Container.Path || binds(c) {
			continue
		}
		for _, p := range c.Ports {
			if p.ContainerPort < firstFreePort && !slices.Contains(ports, strconv.Itoa(int(p.ContainerPort))) {
				ports = append(ports, strconv.Itoa(int(p.ContainerPort)))
			}
		}
	}
	if len(ports) == 0 {
		return g.check.MayBreak
	}
	return g.check.MayBreak + "; listening on port " + strings.Join(ports, ", ") + " where the node keeps ports below 1024 for root"
}

// binds tells whether the container asks for the one capability that restricted leaves it.
func binds(c workload.Container) bool {
	return c.SecurityContext != nil && c.SecurityContext.Capabilities != nil &&
		slices.Contains(c.SecurityContext.Capabilities.Add, corev1.Capability("NET_BIND_SERVICE"))
}

// comment is what stands behind a field that was written, in one line of plain characters.
func comment(told api.FieldChange) string {
	text := "was " + told.Was
	if told.MayBreak != "" {
		text += "; may break " + told.MayBreak
	}
	if told.Unsure != "" {
		text += "; " + told.Unsure
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' && !unicode.In(r, unicode.L, unicode.N) {
			return '?'
		}
		return r
	}, text)
}
