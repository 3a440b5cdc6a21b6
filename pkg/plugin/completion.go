package plugin

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/klog/v2"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// completionTimeout bounds each request for a completion: nobody waits longer for a name.
const completionTimeout = 2 * time.Second

// completer completes what is typed; its words come without what stands before them.
type completer struct{ *globals }

// complete tells the shell what the commands below root and their flags take.
func complete(root *cobra.Command, g *globals) {
	c := completer{g}
	flags := c.flags()
	all := append(root.Commands(), root)
	for _, cmd := range root.Commands() {
		all = append(all, cmd.Commands()...)
	}
	for _, cmd := range all {
		for _, name := range slices.Sorted(maps.Keys(flags)) {
			flag := cmd.LocalNonPersistentFlags().Lookup(name)
			if flag == nil && cmd == root {
				flag = cmd.PersistentFlags().Lookup(name)
			}
			if flag != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, flags[name]) // fails for a flag without a name alone
			}
		}
		switch cmd.Name() {
		case "explain", "snapshot", "diff":
			cmd.ValidArgsFunction = c.targets
		case "gen":
			for _, generator := range cmd.Commands() {
				generator.ValidArgsFunction = c.targets
			}
		case "can-reach":
			cmd.ValidArgsFunction = c.ends
		case "checks":
			cmd.ValidArgsFunction = first(c.checks)
		case "version", "options":
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
}

// flags are the flags whose values are known, of whichever command.
func (c completer) flags() map[string]cobra.CompletionFunc {
	return map[string]cobra.CompletionFunc{
		"output":    c.formats,
		"severity":  c.severities,
		"fail-on":   c.severities,
		"pss":       c.levels,
		"baseline":  c.baselines,
		"only":      listOf(words(changeStates()...)),
		"why":       listOf(c.checks),
		"check":     listOf(c.checks),
		"skip":      listOf(c.checks),
		"show":      listOf(words(render.Sections()...)),
		"color":     words("auto", "always", "never"),
		"namespace": c.namespaces,
		"context":   c.kubeconfig(func(k clientcmdapi.Config) iter.Seq[string] { return maps.Keys(k.Contexts) }),
		"cluster":   c.kubeconfig(func(k clientcmdapi.Config) iter.Seq[string] { return maps.Keys(k.Clusters) }),
		"user":      c.kubeconfig(func(k clientcmdapi.Config) iter.Seq[string] { return maps.Keys(k.AuthInfos) }),
	}
}

// commands completes the name of a command, behind those that it is below.
func commands(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	if above, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
		for _, c := range above.Commands() {
			if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), typed) {
				out = append(out, cobra.CompletionWithDesc(c.Name(), c.Short))
			}
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// words completes one of a few words.
func words(all ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return beginning(all, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

func beginning(all []string, typed string) []string {
	var out []string
	for _, word := range all {
		if strings.HasPrefix(word, typed) {
			out = append(out, word)
		}
	}
	return out
}

// listOf completes the last of several words with commas between them.
func listOf(one cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndex(typed, ",")+1]
		found, directive := one(cmd, args, typed[len(before):])
		for i := range found {
			found[i] = before + found[i]
		}
		return found, directive
	}
}

// first completes the first argument alone.
func first(one cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return one(cmd, args, typed)
	}
}

func (c completer) checks(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	for _, check := range check.All() {
		if strings.HasPrefix(check.ID, typed) {
			out = append(out, cobra.CompletionWithDesc(check.ID, check.Title))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// formats completes a format of the command.
func (c completer) formats(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all := render.Formats()
	switch cmd.Name() {
	case "checks":
		all = []string{"text", "json", "yaml", "kyaml", "name"}
	case "diff":
		all = render.ChangesFormats()
	}
	return words(all...)(cmd, args, typed)
}

func (c completer) severities(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var all []string
	for _, s := range api.Severities() {
		all = append(all, string(s))
	}
	return words(all...)(cmd, args, typed)
}

// levels completes LEVEL, and behind an @ its VERSION, the newest first.
func (c completer) levels(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all := []string{string(api.LevelRestricted), string(api.LevelBaseline), string(api.LevelPrivileged)}
	level, _, found := strings.Cut(typed, "@")
	if !found {
		return beginning(all, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	versions := []string{level + "@latest"}
	newest := podsecurity.Newest()
	for minor := newest.Minor(); minor >= 0; minor-- {
		versions = append(versions, fmt.Sprintf("%s@v1.%d", level, minor))
	}
	return beginning(versions, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// targets completes TYPE NAME … and TYPE/NAME …, as kubectl does, for kinds of workloads.
func (c completer) targets(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	slashed := len(args) > 0 && strings.Contains(args[0], "/")
	var found []string
	switch typeName, name, hasName := strings.Cut(typed, "/"); {
	case len(args) > 0 && !slashed:
		found = c.names(cmd.Context(), args[0], typed)
	case hasName:
		found = c.behind(cmd.Context(), typeName, name)
	case slashed:
		directive |= cobra.ShellCompDirectiveNoSpace
		for _, t := range beginning(cluster.WorkloadTypes(), typed) {
			found = append(found, t+"/")
		}
	default:
		before := typed[:strings.LastIndex(typed, ",")+1]
		for _, t := range beginning(cluster.WorkloadTypes(), typed[len(before):]) {
			found = append(found, before+t)
		}
	}
	return slices.DeleteFunc(found, func(s string) bool { return slices.Contains(args, s) }), directive
}

// behind completes TYPE/NAME behind the slash.
func (c completer) behind(ctx context.Context, typeName, typed string) []string {
	found := c.names(ctx, typeName, typed)
	for i := range found {
		found[i] = typeName + "/" + found[i]
	}
	return found
}

// ends completes FROM and TO of can-reach.
func (c completer) ends(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if typeName, name, found := strings.Cut(typed, "/"); found {
		return c.behind(cmd.Context(), typeName, name), cobra.ShellCompDirectiveNoFileComp
	}
	all := []string{"internet"}
	for _, t := range append(cluster.WorkloadTypes(), "namespaces", "services") {
		all = append(all, t+"/")
	}
	return beginning(all, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func (c completer) namespaces(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return c.names(cmd.Context(), "namespaces", typed), cobra.ShellCompDirectiveNoFileComp
}

// names asks the server for names. Without an answer there are none, and nothing is said.
func (c completer) names(ctx context.Context, typeName, typed string) []string {
	if *c.config.Timeout == "0" {
		*c.config.Timeout = completionTimeout.String()
	}
	ctx, cancel := context.WithTimeout(ctx, completionTimeout)
	defer cancel()
	conn, err := c.connect(0)
	if err != nil {
		return nil
	}
	namespace, err := c.namespace(false)
	if err != nil {
		return nil
	}
	conn.Config.WarningHandler = rest.NoWarnings{}
	// client-go logs what discovery meets.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	names := cluster.Names(ctx, conn, typeName, namespace)
	unprintable := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
	}
	return beginning(slices.DeleteFunc(names, unprintable), typed)
}

// kubeconfig completes what a kubeconfig has of one kind.
func (c completer) kubeconfig(names func(clientcmdapi.Config) iter.Seq[string]) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		config, err := c.config.ToRawKubeConfigLoader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words(slices.Sorted(names(config))...)(cmd, args, typed)
	}
}
