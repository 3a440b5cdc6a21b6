package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// hint is the command that explains the worst workload of a table, with the flags that find
// it again; empty where it would change nothing.
func (o *inputOptions) hint(report *api.Report) string {
	if len(report.Items) < 2 || len(report.Scope.Targets) > 0 {
		return ""
	}
	worst := render.WorstFirst(report.Items)[0]
	if len(worst.Findings) == 0 {
		return ""
	}
	words := []string{"explain", render.ShortName(worst.Ref)}
	words = append(words, o.places()...)
	switch {
	case o.fromFiles() && !o.replayed:
	case worst.Ref.Namespace == "":
	case o.allNamespaces, *o.config.Namespace != "":
		words = append(words, "-n", worst.Ref.Namespace)
	}
	if *o.config.Context != "" {
		words = append(words, "--context", *o.config.Context)
	}
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return o.process.displayName() + " " + strings.Join(words, " ")
}

// fieldHint tells that a word is a field, which kubectl explain takes, and not a TYPE.
func fieldHint(args []string) error {
	for _, arg := range args {
		parts := strings.Split(arg, ".")
		if len(parts) < 2 || strings.Contains(arg, "/") || !slices.Contains([]string{"spec", "status", "metadata", "data"}, parts[1]) {
			continue
		}
		word := render.Printable(shellQuote(arg))
		return fmt.Errorf("%s is a field: kubectl explain %s tells about it; explain takes a TYPE or TYPE/NAME, such as %s", word, word, render.Printable(parts[0]))
	}
	return nil
}

// places are the flags that name the files; standard input is gone by now.
func (o *inputOptions) places() []string {
	var words []string
	for _, f := range o.filenames {
		words = append(words, "-f", f)
	}
	if o.recursive {
		words = append(words, "-R")
	}
	if o.kustomize != "" {
		words = append(words, "-k", o.kustomize)
	}
	if o.local {
		words = append(words, "--local")
	}
	return words
}

// shellQuote quotes a word that a shell would take apart.
func shellQuote(word string) string {
	if !strings.ContainsFunc(word, unsafeInShell) && word != "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func unsafeInShell(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,", r)
}
