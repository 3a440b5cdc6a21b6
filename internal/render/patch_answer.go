package render

import (
	"io"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// PatchAnswer prints what there is to know beside a patch. Each change is told where told is set:
// where the patch itself has no comments. The error is that of w.
func PatchAnswer(w io.Writer, patch *api.PodPatch, told bool, opts Options) error {
	s := newScreen(opts)
	p := LevelPatch{PodPatch: patch}
	name := patch.Ref.From("")
	switch {
	case patch.Reached() && len(patch.Changes) == 0:
		s.flow(s.said(name + " is at " + string(patch.After) + " (" + patch.Version + "): there is nothing to change"))
	default:
		s.flow(s.said(name + ": " + p.verdict()))
	}
	changes, obstacles := noted{label: "change"}, noted{label: "in the way"}
	for _, c := range patch.Changes {
		if told {
			changes.texts = append(changes.texts, c.Path+": "+c.Becomes+" ("+changeWords(c)+")")
		}
	}
	for _, o := range patch.Obstacles {
		obstacles.texts = append(obstacles.texts, obstacleWords(o))
	}
	s.factsAt(patchAnswerAt, obstacles, changes, noted{"effect", texts(patch.Effect)}, noted{"server", texts(patch.Server)}, noted{"beyond", texts(beyondWords(patch))}, noted{"note", patch.Notes})
	s.unread(patch.Unread)
	if len(patch.Changes) > 0 && patch.Apply != "" {
		s.flow(s.said("Next: " + patch.Apply))
	}
	return printScreen(w, s)
}

// patchAnswerAt is the column of what stands behind a label about a patch.
const patchAnswerAt = 12

func texts(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// beyondWords name what was found and no level covers.
func beyondWords(p *api.PodPatch) string {
	const rest = "rights and network, which were not read (explain tells of them)"
	if len(p.Beyond) == 0 {
		return "no level covers " + rest
	}
	return "no level covers " + strings.Join(someMore(p.Beyond), ", ") + "; nor " + rest
}

// Recreated tells the kinds of which the pod cannot be changed: what is there is deleted, and
// created anew.
func Recreated(ref api.Ref) bool {
	return ref.Group() == "" && ref.Kind == "Pod" || ref.Group() == "batch" && ref.Kind == "Job"
}

// PatchEffect says what a change of the pods does to those there are.
func PatchEffect(ref api.Ref) string {
	switch ref.Group() + "/" + ref.Kind {
	case "apps/Deployment":
		return "rolls out new pods"
	case "apps/StatefulSet", "apps/DaemonSet":
		return "rolls out new pods, with updateStrategy OnDelete once the old ones are deleted"
	case "apps/ReplicaSet", "/ReplicationController":
		return "the pods there are stay as they are until they are deleted"
	case "batch/CronJob":
		return "from the next run on"
	case "/Pod":
		return "a pod cannot be changed so: it is deleted and created anew"
	case "batch/Job":
		return "the template of a Job cannot be changed: it is deleted and runs anew"
	}
	return "pods change when their controller makes new ones"
}

// ApplyCommand is the command that applies the patch, once it is in the file patch.yaml.
func (p LevelPatch) ApplyCommand(kubectl string) string {
	const file = "patch.yaml"
	namespace := ""
	if p.Ref.Namespace != "" {
		namespace = " -n " + shellQuote(p.Ref.Namespace)
	}
	switch {
	case p.Manifest != nil:
		return kubectl + " replace --force" + namespace + " -f " + file
	case p.Operations != nil:
		namespace += " --type=json"
	}
	return kubectl + " patch " + typeName(p.Ref) + " " + shellQuote(p.Ref.Name) + namespace + " --patch-file " + file
}
