package check

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestRegistry(t *testing.T) {
	checks := All()
	ids := make([]string, len(checks))
	for i, c := range checks {
		ids[i] = c.ID
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("IDs are not sorted or not unique: %v", ids)
	}
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	standard := regexp.MustCompile(`^(pss:(baseline|restricted)|cis-1\.12:5\.\d\.\d+|owasp-2025:K(0[1-9]|10)|attack:T\d{4}|kep:\d+)$`)
	for _, c := range checks {
		if !kebab.MatchString(c.ID) {
			t.Errorf("%s is not kebab-case", c.ID)
		}
		if c.Title == "" || c.Fix == "" || c.Eval == nil || c.Severity.Rank() < 0 || c.Standards == nil {
			t.Errorf("%s lacks title, fix, severity, standards or Eval", c.ID)
		}
		if len(c.Doc) < 80 || !strings.HasSuffix(c.Doc, ".") || strings.Contains(c.Doc, "  ") {
			t.Errorf("%s: the documentation is no sentence: %q", c.ID, c.Doc)
		}
		for _, s := range c.Standards {
			if !standard.MatchString(s) {
				t.Errorf("%s: standard %q is not well-formed", c.ID, s)
			}
		}
		for _, id := range c.ImpliedBy {
			if !slices.Contains(ids, id) || id == c.ID {
				t.Errorf("%s is implied by %q, which is no other check", c.ID, id)
			}
		}
	}
}

// TestImpliedBy holds what one finding stands for: privileged prints one, not nine.
func TestImpliedBy(t *testing.T) {
	implied := map[string][]string{}
	for _, c := range All() {
		for _, id := range c.ImpliedBy {
			implied[id] = append(implied[id], c.ID)
		}
	}
	for id, want := range map[string][]string{
		"privileged": {
			"allow-priv-escalation", "apparmor-unconfined", "caps-added", "caps-added-escape", "caps-effective",
			"caps-not-dropped", "proc-unmasked", "seccomp-unconfined", "seccomp-unset", "selinux-options",
		},
		"run-as-root-observed": {"root-group", "run-as-root-declared"},
		"host-network":         {"host-port"},
		"token-needless":       {"token-mounted"},
	} {
		if got := implied[id]; !slices.Equal(got, want) {
			t.Errorf("%s implies %v, want %v", id, got, want)
		}
	}
}

func TestFixtures(t *testing.T) {
	for _, c := range All() {
		t.Run(c.ID, func(t *testing.T) {
			failing, passing := 0, 0
			for _, f := range loadFixtures(t, c.ID) {
				if len(f.wants) > 0 {
					failing++
				} else {
					passing++
				}
				runFixture(t, c, f)
			}
			if failing < 2 || passing < 2 {
				t.Errorf("%d failing and %d passing objects, want at least two each", failing, passing)
			}
		})
	}
}

func runFixture(t *testing.T, c Check, f fixture) {
	t.Helper()
	for _, v := range c.Eval(f.subject) {
		line, got := f.lineOf(v.Path), describe(c, v)
		i := slices.IndexFunc(f.wants[line], func(p string) bool { return regexp.MustCompile(p).MatchString(got) })
		if i < 0 {
			t.Errorf("%s: line %d: not wanted, or not like this: %s at %s", f.where, line, got, v.Path)
			continue
		}
		f.wants[line] = slices.Delete(f.wants[line], i, i+1)
		if strings.Contains(got, "planted") || strings.Contains(v.Got, "planted") {
			t.Errorf("%s: prints what may be a secret: %s, got %s", f.where, got, v.Got)
		}
		if v.Got == "" || v.Want == "" || v.Message == "" {
			t.Errorf("%s: line %d: got, want or message is empty: %+v", f.where, line, v)
		}
	}
	for line, patterns := range f.wants {
		for _, p := range patterns {
			t.Errorf("%s: line %d: no finding like %q", f.where, line, p)
		}
	}
}
