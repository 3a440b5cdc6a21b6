package compare_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

// mutations is how many are drawn.
const mutations = 500

// TestRandomMutations: each difference of a random world is told, in the right direction, and
// nothing else is; of a baseline read back the same; both ways round; and nothing of a world that is
// written in another way.
func TestRandomMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	rounds := mutations
	if testing.Short() {
		rounds = 60
	}
	was := draw(r)
	before := posture(t, "was", was.manifests(r))
	for round := range rounds {
		now := was
		for range 1 + r.IntN(3) {
			now.mutate(r)
		}
		text := now.manifests(r)
		after := posture(t, "now", text)
		c := changesOf(t, before, after)
		wider, narrower := difference(now, was), difference(was, now)
		if diff := cmp.Diff(wider, spoken(c, api.ChangeNew, api.ChangeWorsened)); diff != "" {
			t.Fatalf("round %d: wider (-is +told)\n%s\n%v", round, diff, told(c))
		}
		if diff := cmp.Diff(narrower, spoken(c, api.ChangeResolved, api.ChangeImproved)); diff != "" {
			t.Fatalf("round %d: narrower (-is +told)\n%s\n%v", round, diff, told(c))
		}
		if n := c.Summary.Incomparable + c.Summary.NewRule + c.Summary.Accepted + c.Summary.Expired; n > 0 {
			t.Fatalf("round %d: %d of other states: %v", round, n, told(c))
		}
		if diff := cmp.Diff(told(c), told(changesOf(t, written(t, before), after))); diff != "" {
			t.Fatalf("round %d: by way of a file\n%s", round, diff)
		}
		if diff := cmp.Diff(mirrored(c), told(changesOf(t, after, before))); diff != "" {
			t.Fatalf("round %d: the other way round\n%s", round, diff)
		}
		again := posture(t, "now", now.manifests(r))
		if same := changesOf(t, again, written(t, after)); len(same.Changes)+len(same.Notes) > 0 {
			t.Fatalf("round %d: the same written otherwise: %v %v\n%s", round, told(same), same.Notes, text)
		}
		was, before = now, after
	}
}

// difference is what is in one world beyond another one, by what it is reported as.
func difference(one, other world) []string {
	theirs := other.holds()
	found := map[string]bool{}
	for what := range one.holds() {
		if !theirs[what] {
			found[summary(what)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// summary leaves out what the one form of facts decides: which names, peers and ports come together.
func summary(what string) string {
	words := strings.Fields(what)
	switch {
	case words[0] == "right":
		return strings.Join([]string{"right", words[1], words[2], words[4]}, " ")
	case words[0] == "ingress":
		return "ingress " + words[2]
	case words[1] == "mount":
		return words[0] + " mount"
	}
	return strings.Join(words[:2], " ")
}

// spoken is what changes of some states say, in the same words.
func spoken(c *api.Changes, states ...api.ChangeState) []string {
	found := map[string]bool{}
	for _, change := range c.Changes {
		if !slices.Contains(states, change.State) {
			continue
		}
		if change.Check != "" {
			if strings.HasPrefix(change.Check, "hostpath") || change.Check == "ro-mount-not-recursive" || change.Check == "netpol-allow-all" {
				continue // which volumes there are at all, and what all peers together are: facts say it
			}
			switch change.Check {
			case "limits-missing":
				found[change.Container+" no-limit"] = true
				continue
			case "secret-in-env":
				found[change.Container+" key"] = true
			}
			found[strings.TrimSuffix(change.Container+" "+change.Check, "-escape")] = true
			continue
		}
		line := change.Fact
		for _, ports := range []string{" 80-82", " 80-81", " 81-82"} {
			line = strings.ReplaceAll(line, ports, map[string]string{" 80-82": " 80,81,82", " 80-81": " 80,81", " 81-82": " 81,82"}[ports])
		}
		words := strings.Fields(line)
		switch {
		case words[0] == "right":
			for verb := range strings.SplitSeq(words[1], ",") {
				found["right "+verb+" "+words[2]+" "+words[len(words)-1]] = true
			}
		case words[0] == "ingress":
			for port := range strings.SplitSeq(words[len(words)-1], ",") {
				found["ingress "+port] = true
			}
		case words[1] == "mount":
			found[change.Container+" mount"] = true
		case words[1] == "secret":
			found[change.Container+" key"] = true
		case words[1] == "no-limit":
			found[change.Container+" no-limit"] = true
		default:
			found[line] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// mirrored are changes as they are the other way round.
func mirrored(c *api.Changes) []string {
	other := map[api.ChangeState]api.ChangeState{
		api.ChangeNew: api.ChangeResolved, api.ChangeResolved: api.ChangeNew,
		api.ChangeWorsened: api.ChangeImproved, api.ChangeImproved: api.ChangeWorsened,
	}
	m := *c
	m.Changes = slices.Clone(c.Changes)
	for i := range m.Changes {
		if state, ok := other[m.Changes[i].State]; ok {
			m.Changes[i].State = state
		}
		if was := m.Changes[i].Was; was != nil {
			m.Changes[i].Severity = was.Severity
		}
	}
	return told(&m)
}

// TestRename: a container of another name is paired, and said so; what changed of it is not hidden.
func TestRename(t *testing.T) {
	was := edit(t, strict, "readOnlyRootFilesystem: true, ", "")
	now := edit(t, was, "- name: app", "- name: main")
	c := changesOf(t, written(t, posture(t, "was", was)), posture(t, "now", now))
	expect(t, c)
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "container app (main) of Deployment shop/web is main (main) now") {
		t.Errorf("%q", c.Notes)
	}
	worse := edit(t, now, "drop: [ALL]}", "drop: [ALL], add: [SYS_TIME]}")
	c = changesOf(t, posture(t, "was", was), posture(t, "now", worse))
	if !compare.Fails(c, api.SeverityLow, false) {
		t.Errorf("a rename hides what is new: %v", told(c))
	}
}

// TestMendedIsNotRenamed: a container that was mended is there still, and no other one is it.
func TestMendedIsNotRenamed(t *testing.T) {
	was := edit(t, strict, "readOnlyRootFilesystem: true, ", "")
	now := edit(t, strict, "      containers:\n", strings.Replace(sidecar, "readOnlyRootFilesystem: true, ", "", 1))
	for _, side := range []*compare.Posture{posture(t, "was", was), written(t, posture(t, "was", was))} {
		expect(t, changesOf(t, side, posture(t, "now", now)), "new low deploy/web rootfs-writable proxy", "resolved low deploy/web rootfs-writable app")
	}
}
