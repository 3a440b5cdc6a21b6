package plugin

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// line is the command that makes the same output again, with those of the named flags that
// were set, in that order. Others, such as a token, it does not show.
func (g *globals) line(cmd *cobra.Command, args, names []string) string {
	words := append(strings.Fields(strings.TrimPrefix(cmd.CommandPath(), cmd.Root().CommandPath())), args...)
	for _, name := range names {
		flag := cmd.Flags().Lookup(name)
		if flag == nil || !flag.Changed {
			continue
		}
		for _, value := range valuesOf(flag) {
			if flag.Value.Type() == "bool" {
				if value == "false" {
					continue
				}
				words = append(words, "--"+name)
			} else {
				words = append(words, "--"+name, value)
			}
		}
	}
	for i, word := range words {
		words[i] = shellQuote(word)
	}
	return g.process.displayName() + " " + strings.Join(words, " ")
}

func valuesOf(flag *pflag.Flag) []string {
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{flag.Value.String()}
}

// repeated are the flags of commands that generate which decide what is written.
func repeated() []string {
	return []string{
		"namespace", "context", "selector", "filename", "kustomize", "from", "since", "until", "now", "all-namespaces", "recursive",
		"local", "exact", "include-denied", "bind",
	}
}
