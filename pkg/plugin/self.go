package plugin

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// self is a command line of this plugin, and what it needs.
type self struct {
	// name of the command, and the words of the command line.
	name  string
	words []string
	// namespace it reads; empty for all.
	namespace string
	needs     []cluster.Need
	// collects is set where more is read than the facts about a cluster.
	collects bool
}

// planner says what a command with these arguments would need, without running it.
type planner func(args []string) (*self, error)

// errSelfIdentity is for flags that say as whom a command runs.
var errSelfIdentity = errors.New("leave out --as, --as-group, --as-uid, --as-user-extra and --token: the roles are for whoever runs COMMAND")

// parseSelf takes a command line apart as the plugin itself would. The words of outer stand
// before it. It is not run.
func parseSelf(p Process, outer []string, text string) (*self, error) {
	words, err := splitWords(text)
	if err != nil {
		return nil, err
	}
	p.Streams.Out, p.Streams.ErrOut = io.Discard, io.Discard
	root, g := newRoot(p)
	cmd, args, err := parse(root, append(slices.Clone(outer), words...))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"as", "as-group", "as-uid", "as-user-extra", "token"} {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
			return nil, errSelfIdentity
		}
	}
	out := &self{}
	if plan := g.planners[cmd]; plan != nil && !cmd.Flags().Lookup("help").Changed {
		if out, err = plan(args); err != nil {
			return nil, err
		}
	}
	out.name, out.words = cmd.Name(), words
	return out, nil
}

// plan is what reading these inputs needs. Files need no more than the facts about a cluster,
// and a snapshot of files nothing.
func (o *inputOptions) plan(facts bool) (*self, error) {
	query := o.query()
	out := &self{namespace: query.Namespace}
	var err error
	switch {
	case !o.fromFiles():
		out.collects = true
		out.needs, err = cluster.Needs(query)
	case facts && !o.local:
		out.needs = cluster.FactNeeds()
	}
	return out, err
}

// planner adds what explain asks beyond the inputs.
func (f *explainFlags) planner(g *globals) planner {
	return func(args []string) (*self, error) {
		o, err := f.toOptions(g, args)
		if err != nil {
			return nil, err
		}
		out, err := o.input.plan(true)
		if err == nil && o.verify {
			out.needs = append(out.needs, cluster.ReviewNeeds()...)
		}
		return out, err
	}
}

// splitWords takes a text apart as a shell does: at blanks, but for those in quotes or behind
// a backslash. Nothing is expanded.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote, escaped := false, rune(0), false
	for _, r := range text {
		switch {
		case escaped:
			if quote == '"' && !strings.ContainsRune("\"\\$`", r) {
				word.WriteRune('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			inWord, escaped = true, true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			inWord, quote = true, r
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if inWord {
				words = append(words, word.String())
			}
			inWord = false
			word.Reset()
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("%q ends within a quotation", text)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
