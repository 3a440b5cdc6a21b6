package render

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// LevelPatch is a patch to print: Fields of a strategic merge patch, Operations of a JSON Patch, or
// the Manifest to create in the place of the object; one of them is set.
type LevelPatch struct {
	*api.PodPatch
	Fields, Manifest map[string]any
	// Operations have op, path and value.
	Operations []map[string]any
	// Places are the changes by their place in Fields or Manifest: the names of fields, and of
	// items of lists the number in what is printed.
	Places map[string]api.FieldChange
}

// PatchFormats are those that Patched knows.
func PatchFormats() []string { return manifestFormats() }

// ValidatePatchFormat tells, before anything is worked out, whether Patched can print a format.
func ValidatePatchFormat(format string) error { return validateManifestFormat(format) }

// Patched prints a patch: as YAML with a comment behind each field that it changes, else as it is
// sent. An error is that of the format or of a write.
func Patched(out io.Writer, p LevelPatch, opts Options) error {
	if strings.EqualFold(opts.Format, formatYAML) {
		c := chunks{out: out, opts: opts}
		writeLevelPatch(&c.buffer, p)
		return c.end()
	}
	encode, err := plainEncoder(opts.Format, manifestFormats())
	if err != nil {
		return err
	}
	d := document{value: p.body()}
	return d.print(out, encode, opts)
}

// body is what is sent to the server.
func (p LevelPatch) body() any {
	switch {
	case p.Operations != nil:
		return p.Operations
	case p.Manifest != nil:
		return p.Manifest
	}
	body := map[string]any{
		"apiVersion": p.Ref.APIVersion, "kind": p.Ref.Kind, "metadata": map[string]any{"name": p.Ref.Name, "namespace": p.Ref.Namespace},
	}
	maps.Copy(body, p.Fields)
	return body
}

func writeLevelPatch(b *bytes.Buffer, p LevelPatch) {
	writeComments(b, "", p.head())
	switch {
	case p.Operations != nil:
		p.writeOperations(b)
	case p.Manifest != nil:
		writeLines(b, yamlNoted(p.Manifest, "", p.Places))
	default:
		fmt.Fprintf(b, "apiVersion: %s\nkind: %s\nmetadata: %s\n", flowScalar(p.Ref.APIVersion), flowScalar(p.Ref.Kind),
			flowMap("name", p.Ref.Name, "namespace", p.Ref.Namespace))
		writeLines(b, yamlNoted(p.Fields, "", p.Places))
	}
}

// writeLines writes lines as a reader of YAML takes them.
func writeLines(b *bytes.Buffer, lines []string) {
	for _, l := range lines {
		b.Write(escapeJSON([]byte(l)))
		b.WriteByte('\n')
	}
}

func (p LevelPatch) writeOperations(b *bytes.Buffer) {
	told := p.toldByOperation()
	for i, o := range p.Operations {
		pairs := []string{"op: " + plainValue(o["op"]), "path: " + plainValue(o["path"])}
		if value, has := o["value"]; has {
			pairs = append(pairs, "value: "+flowValue(value))
		}
		line := "- {" + strings.Join(pairs, ", ") + "}"
		if len(told[i]) > 0 {
			line += " # " + string(escape(strings.Join(told[i], "; "), false, ""))
		}
		writeLines(b, []string{line})
	}
}

// toldByOperation gives each change to the operation that writes the most of its path.
func (p LevelPatch) toldByOperation() map[int][]string {
	out := map[int][]string{}
	for _, place := range sortedKeys(p.Places) {
		best, longest := -1, -1
		for i, o := range p.Operations {
			path, _ := o["path"].(string)
			if o["op"] != "test" && len(path) > longest && (place == path || strings.HasPrefix(place, path+"/")) {
				best, longest = i, len(path)
			}
		}
		out[best] = append(out[best], changeWords(p.Places[place]))
	}
	return out
}

// changeWords are the comment behind a field.
func changeWords(c api.FieldChange) string {
	words := "was " + c.Was
	if c.MayBreak != "" {
		words += "; may break " + c.MayBreak
	}
	if c.Unsure != "" {
		words += "; " + c.Unsure
	}
	return words
}

// head are the comments above a patch.
func (p LevelPatch) head() []string {
	out := []string{}
	if p.Command != "" {
		out = append(out, p.Command)
	}
	out = append(out, p.verdict()+effectWords(p.Effect))
	if p.Apply != "" {
		out = append(out, "apply: "+p.Apply)
	}
	for _, o := range p.Obstacles {
		out = append(out, "in the way: "+obstacleWords(o))
	}
	return out
}

func effectWords(effect string) string {
	if effect == "" {
		return ""
	}
	return "; " + effect
}

// verdict is the level before and after with what changes.
func (p LevelPatch) verdict() string {
	text := fmt.Sprintf("%s → %s (%s)", p.Before, p.After, p.Version)
	if !p.Reached() {
		text = fmt.Sprintf("does not reach %s (%s), comes from %s to %s", p.Goal, p.Version, p.Before, p.After)
		if p.After == p.Before {
			text = fmt.Sprintf("does not reach %s (%s), stays at %s", p.Goal, p.Version, p.After)
		}
	}
	return text + ": " + p.counted()
}

// counted are the changes, and of which containers.
func (p LevelPatch) counted() string {
	text := counted(len(p.Changes), "field")
	var names []string
	pod := false
	for _, c := range p.Changes {
		switch {
		case c.Container == "":
			pod = true
		case !slices.Contains(names, c.Container):
			names = append(names, c.Container)
		}
	}
	var of []string
	if pod {
		of = append(of, "the pod")
	}
	if len(names) == 1 {
		of = append(of, "container "+names[0])
	} else if len(names) > 1 {
		of = append(of, counted(len(names), "container"))
	}
	if len(of) == 0 {
		return text
	}
	return text + " of " + strings.Join(of, " and ")
}

func obstacleWords(o api.PatchObstacle) string {
	text := o.Path + ": " + o.Why
	if o.Container != "" {
		text = "container " + o.Container + ", " + text
	}
	return text
}
