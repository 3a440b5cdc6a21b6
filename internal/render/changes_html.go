package render

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// changesPage has no script, no link and nothing from outside. html/template escapes what is put in.
const changesPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Changes of the security posture</title>
<style>
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; vertical-align: top }
code { overflow-wrap: anywhere }
.critical, .high { color: #c62828; font-weight: 600 }
.medium { color: #a15c00 }
.accepted { opacity: .7 }
@media (prefers-color-scheme: dark) { .critical, .high { color: #ff8a80 } .medium { color: #ffcc80 } }
</style>
</head>
<body>
<h1>{{.Verdict}}</h1>
<p>{{.Sides}}</p>
{{- if .Rows}}
<table>
<thead><tr><th scope="col">State</th><th scope="col">Severity</th><th scope="col">What</th><th scope="col">Workload</th><th scope="col">Container</th><th scope="col">Now</th><th scope="col">Before</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr class="{{.State}}"><td>{{.Symbol}} {{.Word}}</td><td class="{{.Grade}}">{{.Severity}}</td><td><code>{{.What}}</code></td><td><code>{{.Workload}}</code></td><td><code>{{.Container}}</code></td><td>{{.Now}}</td><td>{{.Before}}</td></tr>
{{- end}}
</tbody>
</table>
{{- end}}
{{- range .Notes}}
<p>{{.}}</p>
{{- end}}
</body>
</html>
`

// htmlChange is a row of the page. State and Grade are names of classes.
type htmlChange struct {
	State, Symbol, Word, Grade, Severity, What, Workload, Container, Now, Before string
}

// htmlOfChanges is a page that stands by itself; without a change it has no table.
func htmlOfChanges(w io.Writer, c *api.Changes) error {
	page, err := template.New("changes").Parse(changesPage)
	if err != nil {
		return err
	}
	v := changesView{screen: &screen{symbols: newSymbols(false)}, changes: c}
	data := struct {
		Verdict, Sides string
		Rows           []htmlChange
		Notes          []string
	}{Verdict: Printable(changesVerdict(c, onlyWorkload(c), v.to)), Sides: Printable(fmt.Sprintf("%s → %s", c.Baseline, c.Posture))}
	for i := range c.Changes {
		change := &c.Changes[i]
		g := v.severity(change.Severity)
		symbol, _ := v.stateMark(change.State, g)
		data.Rows = append(data.Rows, htmlChange{
			State: classOf(string(change.State)), Symbol: string(symbol), Word: Printable(stateWord(change.State)), Grade: classOf(string(change.Severity)),
			Severity: string(g.word), What: Printable(what(change)), Workload: Printable(workloadName(change.Ref, true)), Container: Printable(change.Container),
			Now: Printable(nowWords(change)), Before: Printable(change.Text),
		})
	}
	for _, l := range c.Levels {
		data.Notes = append(data.Notes, Printable(workloadName(l.Ref, true)+": "+levelChange(l, v.to)))
	}
	for _, note := range append(append([]string{}, c.Notes...), unreadWords(c.Unknown)...) {
		data.Notes = append(data.Notes, Printable(note))
	}
	return page.Execute(w, data)
}

// classOf keeps a word that is one.
func classOf(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return ""
	}
	return word
}

// changePlace is the file and the line of a finding that is there now; empty for none.
func changePlace(change *api.Change) string {
	if change.Line == 0 || change.Now == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", Printable(change.File), change.Line)
}

// nowWords say what a finding or a fact says now.
func nowWords(change *api.Change) string {
	parts := present(changePlace(change))
	switch {
	case change.Fact != "":
		parts = append(parts, change.Fact)
	case change.Now != nil && change.Now.Message != "":
		parts = append(parts, change.Now.Message)
	case change.Subject != "":
		parts = append(parts, change.Subject)
	}
	return strings.Join(parts, "  ")
}
