package render

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

//go:embed flowpage
var flowPageFiles embed.FS

// flowPageParts are the files of the page, in the order in which they are joined.
func flowPageParts() (styles, scripts []string) {
	return []string{"page.css", "panes.css", "graph.css"},
		[]string{"dom.js", "data.js", "state.js", "layout.js", "edges.js", "graph.js", "pointer.js", "list.js", "legend.js", "links.js", "evidence.js", "main.js"}
}

// writeFlowPage writes one HTML page that needs nothing else: its policy forbids every request
// and every script but its own (https://www.w3.org/TR/CSP3/), and markup made of strings
// (https://www.w3.org/TR/trusted-types/). What the map says is data in it, and never markup.
// An error is that of a write.
func writeFlowPage(out io.Writer, m *api.FlowMap) error {
	data, err := flowPageJSON(m)
	if err != nil {
		return err
	}
	styles, scripts := flowPageParts()
	style, err := joinedFlowFiles(styles)
	if err != nil {
		return err
	}
	script, err := joinedFlowFiles(scripts)
	if err != nil {
		return err
	}
	page, err := flowPageFiles.ReadFile("flowpage/page.html")
	if err != nil {
		return fmt.Errorf("read the page of flows: %w", err)
	}
	fill := strings.NewReplacer(
		"{{policy}}", "default-src 'none'; style-src "+sourceHash(style)+"; script-src "+sourceHash(script)+
			"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
		"{{title}}", html.EscapeString("flows of "+string(escape(m.Scope, false, ""))),
		"{{style}}", style, "{{script}}", script, "{{data}}", data,
	)
	if _, err := fill.WriteString(out, string(page)); err != nil {
		return fmt.Errorf("print the page of flows: %w", err)
	}
	return nil
}

func joinedFlowFiles(names []string) (string, error) {
	var all strings.Builder
	for _, name := range names {
		part, err := flowPageFiles.ReadFile("flowpage/" + name)
		if err != nil {
			return "", fmt.Errorf("read the page of flows: %w", err)
		}
		all.WriteByte('\n')
		all.Write(part)
	}
	return all.String(), nil
}

// sourceHash is what a policy allows a style or script by.
func sourceHash(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// flowPageJSON is the map as the script reads it, without a character that ends an element,
// begins an entity or stands between the quotes of an attribute.
func flowPageJSON(m *api.FlowMap) (string, error) {
	data, err := json.Marshal(newFlowPage(m))
	if err != nil {
		return "", fmt.Errorf("write the page of flows: %w", err)
	}
	return string(bytes.ReplaceAll(data, []byte("'"), []byte(`\u0027`))), nil
}
