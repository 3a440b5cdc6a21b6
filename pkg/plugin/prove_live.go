package plugin

import (
	"context"
	"maps"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// live is what is in force; a server that does not answer is no error.
func (f *proveFlags) live(ctx context.Context, g *globals) *liveAccess {
	if f.local {
		return notAsked()
	}
	live, err := askLive(ctx, g)
	if err != nil {
		return &liveAccess{unread: err.Error()}
	}
	return live
}

func askLive(ctx context.Context, g *globals) (*liveAccess, error) {
	input, err := rightsInput(g)
	if err != nil {
		return nil, err
	}
	in, err := input.read(ctx)
	if err != nil {
		return nil, err
	}
	return accessOf(in)
}

// allowing are the live bindings that allow what written roles refuse, but for those of roles and
// bindings that the written ones would replace.
func (l *liveAccess) allowing(refused []rbac.Asked, written *roleFiles) []string {
	bindings := map[string]bool{}
	if l.policy == nil {
		return nil
	}
	for _, asked := range refused {
		for _, grant := range l.policy.Grants(asked.Identity, rbac.RequestOf(asked.Action)) {
			if !written.holds(grant.Role) && !written.holds(grant.Binding) {
				bindings[grant.Binding.From("")] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(bindings))
}

// rightsInput reads who may do what, of a server.
func rightsInput(g *globals) (*inputOptions, error) {
	flags := newInputFlags()
	input, err := flags.toOptions(g, nil)
	input.rights = true
	return &input, err
}
