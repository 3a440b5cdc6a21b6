package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// SecretLiteral finds credentials that are written out in the pod.
func SecretLiteral() Check {
	return Check{
		ID:        "secret-literal",
		Title:     "Credential is written out in the pod",
		Severity:  api.SeverityHigh,
		Standards: []string{"cis-1.12:5.4.1", "owasp-2025:K03", "attack:T1552"},
		Doc: "A password, token or key in the value of an environment variable, in command or args, or " +
			"in a probe or hook is readable by everybody who may read the pod or its template, and " +
			"stands in the last-applied annotation, in revisions, in git. Found are values " +
			"of a known form (private keys, tokens of well-known services, a password in a URL or " +
			"connection string, Authorization headers) and values of what is named like a credential; " +
			"not references such as $(NAME), paths, masks, and what is only about a credential, such as " +
			"PASSWORD_FILE or TOKEN_TTL. The value is never printed. ConfigMaps and Secrets are not read.",
		Fix:      "a Secret, mounted as a file; and a new credential, as this one was readable",
		MayBreak: "programs that take the value from their command line alone",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for c := range s.Containers() {
				seen := map[string]bool{}
				for _, l := range literalsOf(c) {
					if v := l.violation(c); !seen[v.Key] {
						seen[v.Key] = true
						out = append(out, v)
					}
				}
			}
			return out
		},
	}
}

// literal is a credential in a container: where it stands, and what its value is that of.
type literal struct {
	path string
	// name of the variable, header or flag; empty where none is safe to print.
	name string
	// of is the field of an argument or header, such as "args"; empty for a variable.
	of string
}

func (l literal) violation(c workload.Container) Violation {
	v := Violation{
		Container: c, Path: l.path, Got: "a literal", Want: "a Secret",
		Message: l.name + " holds a credential as a literal", Key: "env:" + l.name,
	}
	switch {
	case l.of != "" && l.name != "":
		v.Message = fmt.Sprintf("%s in %s holds a credential as a literal", l.name, l.of)
		v.Key = "arg:" + strings.TrimLeft(l.name, "-")
	case l.of != "":
		v.Message, v.Key = l.of+" holds a credential as a literal", "arg:"
	}
	return v
}

// literalsOf are the credentials that stand in a container; what a ConfigMap gives to its
// environment has its place here once ConfigMaps are read.
func literalsOf(c workload.Container) []literal {
	var out []literal
	for i, e := range c.Env {
		if workload.CredentialLike(e.Name, e.Value) {
			out = append(out, literal{path: c.Field(fmt.Sprintf("env[%d].value", i)), name: e.Name})
		}
	}
	var at []string
	for i := range c.Command {
		at = append(at, fmt.Sprintf("command[%d]", i))
	}
	for i := range c.Args {
		at = append(at, fmt.Sprintf("args[%d]", i))
	}
	out = append(out, wordLiterals(c, at, slices.Concat(c.Command, c.Args))...)
	for _, h := range handlers(c) {
		if h.Exec != nil {
			at := make([]string, len(h.Exec.Command))
			for i := range at {
				at[i] = fmt.Sprintf("%s.exec.command[%d]", h.field, i)
			}
			out = append(out, wordLiterals(c, at, h.Exec.Command)...)
		}
		if h.HTTPGet == nil {
			continue
		}
		for i, header := range h.HTTPGet.HTTPHeaders {
			if workload.CredentialLike(header.Name, header.Value) {
				path := c.Field(fmt.Sprintf("%s.httpGet.httpHeaders[%d].value", h.field, i))
				out = append(out, literal{path, "header " + header.Name, h.field})
			}
		}
	}
	return out
}

// safeName is one that people or programs chose: a flag or a variable. Anything else may be a
// part of the credential.
var safeName = regexp.MustCompile(`^(?:--?[a-z0-9][a-z0-9-]{0,62}|[A-Z][A-Z0-9_]{0,62})$`)

// wordLiterals finds credentials in a command line, whose words stand at the fields. It looks
// at what is left of it without them, so that the names it takes from there are none.
func wordLiterals(c workload.Container, at, words []string) []literal {
	var out []literal
	before := ""
	for i, text := range workload.RedactWords(words) {
		for word := range strings.FieldsSeq(text) {
			name, _, _ := strings.Cut(strings.Trim(word, `"'`), "=")
			if strings.Contains(name, workload.Redacted) {
				name = before
				if strings.HasPrefix(word, "-p"+workload.Redacted) {
					name = "-p"
				}
			}
			if !safeName.MatchString(name) {
				name = ""
			}
			if strings.Contains(word, workload.Redacted) {
				out = append(out, literal{c.Field(at[i]), name, at[i][:strings.LastIndexByte(at[i], '[')]})
			}
			before = word
		}
	}
	return out
}
