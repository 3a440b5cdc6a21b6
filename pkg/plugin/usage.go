package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// Parse takes a command line, without the name of the program, apart as Main does, and does not
// run it. The error is what Main would print of an unknown command or flag, a value that is not
// of the flag's type, or arguments too many or too few.
func Parse(p Process, words []string) error {
	p.Streams.Out, p.Streams.ErrOut = io.Discard, io.Discard
	root := newRootCommand(p)
	root.InitDefaultHelpCmd()
	_, _, err := parse(root, words)
	return err
}

// parse finds the command of a command line and reads its flags.
func parse(root *cobra.Command, words []string) (*cobra.Command, []string, error) {
	cmd, rest, err := root.Find(words)
	if err != nil {
		return nil, nil, err
	}
	cmd.InitDefaultHelpFlag()
	if err := cmd.ParseFlags(rest); err != nil {
		return nil, nil, cmd.FlagErrorFunc()(cmd, err)
	}
	args := cmd.Flags().Args()
	return cmd, args, cmd.ValidateArgs(args)
}

// unknownCommand suggests the nearest command.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := nearestCommand(cmd, args[0]); near != "" {
		return fmt.Errorf("unknown command %q; did you mean %s?", args[0], near)
	}
	return fmt.Errorf("unknown command %q; see '%s --help'", args[0], cmd.CommandPath())
}

// nearestCommand is the whole name of the command that a word stands for, above all a word that
// is one of a command below.
func nearestCommand(cmd *cobra.Command, word string) string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		names = append(names, c.Name())
		for _, below := range c.Commands() {
			if below.Name() == word {
				return below.CommandPath()
			}
		}
	}
	if near := cluster.Nearest(word, names); near != "" {
		return cmd.CommandPath() + " " + near
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		return cmd.CommandPath() + " " + near[0]
	}
	kind, name, slash := strings.Cut(word, "/")
	if cmd.HasParent() || !slash || kind == "" || name == "" || strings.Contains(name, "/") || strings.ContainsFunc(word, unsafeInShell) {
		return ""
	}
	return cmd.CommandPath() + " explain " + word
}

// flagError says what is wrong with the flags of a command line, in a line. Where the command is
// unknown, so are its flags.
func flagError(cmd *cobra.Command, err error) error {
	if cmd.HasAvailableSubCommands() {
		if unknown := unknownCommand(cmd, cmd.Flags().Args()); unknown != nil {
			return unknown
		}
	}
	if near := nearestFlag(cmd.Flags(), err); near != "" {
		return fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return fmt.Errorf("%w; see '%s --help'", err, cmd.CommandPath())
}

// nearestFlag is the flag that one that does not exist may stand for, with its dashes.
func nearestFlag(flags *pflag.FlagSet, err error) string {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return ""
	}
	name := unknown.GetSpecifiedName()
	if group := unknown.GetSpecifiedShortnames(); len(group) > 1 {
		name = group
	}
	if len(name) == 1 {
		return otherCase(flags, name)
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near := cluster.Nearest(name, names); near != "" {
		return "--" + near
	}
	return ""
}

// otherCase is the flag of one letter that is written with the other case.
func otherCase(flags *pflag.FlagSet, letter string) string {
	for _, other := range []string{strings.ToLower(letter), strings.ToUpper(letter)} {
		if f := flags.ShorthandLookup(other); f != nil && !f.Hidden {
			return "-" + other
		}
	}
	return ""
}

// noArguments refuses any.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments; got %q", cmd.Name(), args[0])
	}
	return nil
}

// newHelpCommand is cobra's, but does not take an unknown command for none.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "help [COMMAND]",
		DisableFlagsInUseLine: true,
		Short:                 "Print the help of a command",
		Hidden:                true,
		ValidArgsFunction:     commands,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if found.HasAvailableSubCommands() {
				if err := unknownCommand(found, rest); err != nil {
					return err
				}
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// nameUsage puts the name that the plugin is called by where kubectl's template has that of the
// program.
func nameUsage(root *cobra.Command) {
	usage := root.UsageFunc()
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		out := cmd.OutOrStderr()
		var text bytes.Buffer
		cmd.SetOut(&text)
		defer cmd.SetOut(out)
		if err := usage(cmd); err != nil {
			return err
		}
		_, err := io.WriteString(out, strings.ReplaceAll(text.String(), `Use "`+root.Name()+" ", `Use "`+root.DisplayName()+" "))
		return err
	})
}
