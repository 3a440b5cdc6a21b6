package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Names of formats that are for changes.
const (
	changesHTML  = "html"
	changesSARIF = "sarif"
	changesJUnit = "junit"
)

// ChangesFormats lists what Changes prints.
func ChangesFormats() []string { return append(Formats(), changesHTML, changesSARIF, changesJUnit) }

// ValidateChangesFormat tells, before anything is read, whether Changes can print a format. Live
// tells that the new side is of a cluster: SARIF is about lines of files.
func ValidateChangesFormat(format string, live bool) error {
	if live && strings.EqualFold(format, changesSARIF) {
		return fmt.Errorf("output format %s is about lines of files, and live objects have none: take -f, or -o junit, markdown or json", changesSARIF)
	}
	if isText(format) || isWide(format) {
		return nil
	}
	_, err := changesEncoder(Options{Format: format})
	return err
}

func changesEncoder(opts Options) (encoder, error) {
	switch strings.ToLower(opts.Format) {
	case formatMarkdown:
		return changesAs(markdownOfChanges), nil
	case changesHTML:
		return changesAs(htmlOfChanges), nil
	case changesSARIF:
		return changesAs(sarifOfChanges), nil
	case changesJUnit:
		return changesAs(func(w io.Writer, c *api.Changes) error { return junitOfChanges(w, c, opts.Against) }), nil
	}
	return encoderOf(opts, ChangesFormats())
}

// changesAs is an encoder of changes alone.
func changesAs(write func(io.Writer, *api.Changes) error) encoder {
	return func(w io.Writer, d document) error {
		c, ok := d.value.(*api.Changes)
		if !ok {
			return fmt.Errorf("no changes to print")
		}
		return write(w, c)
	}
}

// Changes prints what changed. The answer goes to out, nothing at all where nothing changed; what is
// about it, such as notes and failed reads, and on a pipe the verdict of the text too, goes to
// errOut. An error is that of the format or of a write.
func Changes(out, errOut io.Writer, c *api.Changes, opts Options) error {
	if !isText(opts.Format) && !isWide(opts.Format) {
		encode, err := changesEncoder(opts)
		if err != nil {
			return err
		}
		d := document{value: c}
		for i := range c.Changes {
			d.names = append(d.names, resourceName(c.Changes[i].Ref))
		}
		d.names = distinct(d.names)
		return d.print(out, encode, opts)
	}
	answer := newScreen(opts)
	about := newScreen(Options{Width: opts.Width, ASCII: opts.ASCII})
	first := answer
	if !answer.terminal {
		first = about
	}
	v := changesView{screen: answer, changes: c, only: onlyWorkload(c)}
	first.parts(1, line{{plain, first.text(changesVerdict(c, v.only, first.to))}})
	if !opts.Quiet {
		v.rows()
		for _, note := range c.Notes {
			about.flow(line{{plain, about.text("note: " + note)}})
		}
		about.unread(c.Unknown)
	}
	if err := printScreen(out, answer); err != nil {
		return err
	}
	return printScreen(errOut, about)
}

// onlyWorkload is the one that all changes are of, where there is one.
func onlyWorkload(c *api.Changes) *api.Ref {
	var ref *api.Ref
	for i := range c.Changes {
		if ref != nil && *ref != c.Changes[i].Ref {
			return nil
		}
		ref = &c.Changes[i].Ref
	}
	if c.Summary.Workloads != 1 {
		return nil
	}
	return ref
}

// changesVerdict counts, in one sentence.
func changesVerdict(c *api.Changes, only *api.Ref, to text) string {
	s := c.Summary
	var parts []string
	for _, count := range []struct {
		n    int
		word string
	}{
		{s.New, "new"}, {s.Worsened, "worsened"}, {s.Expired, "expired"}, {s.Incomparable, "incomparable"}, {s.NewRule, "of new rules"},
		{s.Resolved, "resolved"}, {s.Improved, "improved"}, {s.Accepted, "accepted"},
	} {
		if count.n > 0 {
			parts = append(parts, number(count.n)+" "+count.word)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing changed")
	}
	parts = append(parts, number(s.Unchanged)+" unchanged")
	if s.Unknown > 0 {
		parts[len(parts)-1] += " (" + number(s.Unknown) + " unknown on both sides)"
	}
	words := strings.Join(parts, ", ")
	if only != nil {
		words += " in " + shortName(*only)
		if c.Baseline != "" && c.Posture != "" {
			words += fmt.Sprintf(", %s %s %s", c.Baseline, to, c.Posture)
		}
		if at := slices.IndexFunc(c.Levels, func(l api.LevelChange) bool { return l.Ref == *only }); at >= 0 {
			words += "; " + levelChange(c.Levels[at], to)
		}
	}
	return words
}

func levelChange(l api.LevelChange, to text) string {
	return fmt.Sprintf("level %s %s %s", l.Was, to, l.Now)
}

// changeLine is a change, or several that are alike, as it is shown.
type changeLine struct {
	api.Change
	refs []api.Ref
	// count is how many findings and facts it stands for.
	count int
}

// folded puts changes together that say the same of several workloads, or that concern all of one.
func folded(c *api.Changes) []changeLine {
	var out []changeLine
	lines := map[api.Change]int{}
	for i := range c.Changes {
		change := c.Changes[i]
		key, folds := alike(&change)
		at, found := lines[key]
		if !folds || !found {
			lines[key] = len(out)
			out = append(out, changeLine{change, []api.Ref{change.Ref}, 1})
			continue
		}
		out[at].count++
		if l := &out[at]; l.refs[len(l.refs)-1] != change.Ref { // they come sorted by it
			l.refs = append(l.refs, change.Ref)
		}
	}
	return out
}

// alike is what the changes of one line have in common, and tells whether there may be several.
func alike(c *api.Change) (key api.Change, folds bool) {
	switch {
	case c.Text == "":
	case c.State == api.ChangeIncomparable:
		return api.Change{State: c.State, Text: c.Text, Check: c.Check, Severity: c.Severity, Fact: c.Fact, Container: c.Container}, true
	case c.State == api.ChangeAccepted, c.State == api.ChangeResolved && strings.HasPrefix(c.Text, "the workload "):
		return api.Change{State: c.State, Text: c.Text, Ref: c.Ref}, true
	}
	return api.Change{}, false
}

// many tells a line that stands for several things of one workload.
func (l *changeLine) many() bool { return l.count > 1 && l.State != api.ChangeIncomparable }
