package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

var errNoSelf = errors.New("--self needs a COMMAND, such as \"explain -n shop\"")

var errSelfArgs = errors.New("gen role --self takes no arguments; quote COMMAND, as in --self=\"explain -n shop\"")

// runSelf parses COMMAND and prints what it needs.
func (f *genRoleFlags) runSelf(g *globals, cmd *cobra.Command, args []string, opts render.Options) error {
	if len(args) > 0 {
		return errSelfArgs
	}
	subjects, err := f.subjects()
	if err != nil {
		return err
	}
	outer := chosen(cmd.InheritedFlags())
	self, err := parseSelf(g.process, outer, f.self)
	if err != nil {
		return fmt.Errorf("--self: %w", err)
	}
	if len(self.needs) == 0 {
		_, _ = fmt.Fprintf(g.process.Streams.ErrOut, "%s asks no API server: it needs no rights\n", render.Printable(shellQuote(self.name)))
		return nil
	}
	drafts, err := rbac.Draft(self.needs)
	if err != nil {
		return err
	}
	for i := range drafts {
		drafts[i].Name = f.name(self)
	}
	return render.Roles(g.process.Streams.Out, []*api.RoleSet{{
		Comment: f.comment(g.process.displayName(), outer, self), Roles: drafts, Subjects: subjects,
	}}, opts)
}

// comment says what the roles are for, and what is not in them.
func (f *genRoleFlags) comment(plugin string, outer []string, self *self) []string {
	line := append([]string{plugin, "gen", "role", "--self=" + shellQuote(f.self)}, f.bound()...)
	for _, word := range outer {
		if strings.HasPrefix(word, "--namespace=") {
			line = append(line, shellQuote(word))
		}
	}
	comment := []string{
		strings.Join(line, " "),
		"left out  /version and discovery: every authenticated user may read them",
	}
	if self.collects {
		comment = append(comment, "left out  custom kinds that own pods, such as an Argo Rollout: the cluster alone knows which;",
			"          for each one: --self=\"explain RESOURCE.GROUP\", as in rollouts.argoproj.io")
	}
	return comment
}

// bound are the flags that name the subjects, quoted for a shell.
func (f *genRoleFlags) bound() []string {
	var line []string
	for _, flag := range []struct {
		name   string
		values []string
	}{{"--user=", f.users}, {"--group=", f.groups}, {"--serviceaccount=", f.accounts}} {
		for _, value := range flag.values {
			line = append(line, flag.name+shellQuote(value))
		}
	}
	return line
}

// name is one for each COMMAND, namespace and choice of subjects: applying the roles of one
// does not change what another has.
func (f *genRoleFlags) name(self *self) string {
	sum := sha256.Sum256([]byte(strings.Join(append(append([]string{self.namespace}, self.words...), f.bound()...), "\x00")))
	return "kubectl-harden-" + self.name + "-" + hex.EncodeToString(sum[:4])
}

// chosen are the flags that were set, as words.
func chosen(flags *pflag.FlagSet) []string {
	var words []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed && f.Name != "v" && f.Name != "color" {
			words = append(words, "--"+f.Name+"="+f.Value.String())
		}
	})
	return words
}
