package plugin

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	onlineshop "github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// withoutSources is what is printed without the lines on where it is from.
func withoutSources(text string) string {
	var lines []string
	source := false
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case strings.Contains(line, "--from"):
			continue
		case len(words) > 1 && words[0] == "#" && words[1] == "source":
			source = true
			continue
		case source && strings.HasPrefix(line, "#          "):
			continue
		}
		source = false
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

// inParts spreads the lines over seven files in another order, of which three are compressed.
func inParts(t *testing.T, text string) map[string]string {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	lines[len(lines)-1] += "\n"
	random := rand.New(rand.NewPCG(shopSeed, 1))
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	parts := make([]strings.Builder, 7)
	for _, line := range lines {
		parts[random.IntN(len(parts))].WriteString(line)
	}
	files := map[string]string{"shuffled.json": strings.Join(lines, "")}
	for i := range parts {
		name, content := fmt.Sprintf("parts/%d.json", i), parts[i].String()
		if i%3 == 0 {
			name, content = name+".gz", testkit.Gzip(t, content)
		}
		files[name] = content
	}
	return files
}

// TestGenNetpolShopSameBytes: order, packing and the number of files change nothing but the
// lines about them.
func TestGenNetpolShopSameBytes(t *testing.T) {
	s := onlineshop.New()
	files := inParts(t, s.Hubble(shopSeed))
	files["hubble.json"] = s.Hubble(shopSeed)
	var names []string
	for name := range files {
		if strings.HasPrefix(name, "parts/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	want := inShop(t, s, files, "-A", "--from", "hubble.json")
	if want.code != 0 {
		t.Fatalf("exit %d\n%s", want.code, want.stderr)
	}
	reversed := slices.Clone(names)
	slices.Reverse(reversed)
	for _, from := range [][]string{{"shuffled.json"}, {"parts"}, names, reversed} {
		args := []string{"-A"}
		for _, name := range from {
			args = append(args, "--from", name)
		}
		got := genNetpol(t, args...)
		if diff := cmp.Diff(withoutSources(want.stdout), withoutSources(got.stdout)); diff != "" || got.code != 0 {
			t.Errorf("%q: exit %d\n%s%s", from, got.code, got.stderr, diff)
		}
	}
}

// TestGenNetpolShopFromObservations: documents of shards, by time and by node, give the policies of
// the flows.
func TestGenNetpolShopFromObservations(t *testing.T) {
	s := onlineshop.New()
	for by, key := range map[string]*regexp.Regexp{
		"time": regexp.MustCompile(`"time":"([-0-9]+T[0-9][0-9])`), "node": regexp.MustCompile(`"node_name":"([^"]*)"`),
	} {
		files := map[string]string{"hubble.json": s.Hubble(shopSeed)}
		for line := range strings.Lines(files["hubble.json"]) {
			name := "shard-" + by
			if found := key.FindStringSubmatch(line); found != nil {
				name += strings.NewReplacer(":", "", "/", "-").Replace(found[1])
			}
			files[name+".json"] += line
		}
		want := inShop(t, s, files, "-A", "--from", "hubble.json")
		args := []string{"-A"}
		for name := range files {
			if name == "hubble.json" {
				continue
			}
			document := strings.TrimSuffix(name, ".json") + ".yaml"
			if got := run(t, "", "observe", "--from", name, "-f", "state.yaml", "--local", "--output-file", document); got.code != 0 {
				t.Fatalf("observe %s: exit %d\n%s", name, got.code, got.stderr)
			}
			args = append(args, "--from", document)
		}
		got := genNetpol(t, args...)
		if diff := cmp.Diff(policiesOf(t, want.stdout), policiesOf(t, got.stdout)); diff != "" || got.code != 0 || len(args) < 7 {
			t.Errorf("by %s: exit %d, %d arguments\n%s%s", by, got.code, len(args), got.stderr, diff)
		}
		if diff := cmp.Diff(withoutSources(want.stdout), withoutSources(got.stdout)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestGenNetpolShopNamesOfParts: an answer of DNS names an address that another part shows in use.
func TestGenNetpolShopNamesOfParts(t *testing.T) {
	s := onlineshop.New()
	var answers, others strings.Builder
	for line := range strings.Lines(s.Hubble(shopSeed)) {
		switch {
		case strings.Contains(line, `"dns"`):
			answers.WriteString(line)
		case !strings.Contains(line, "destination_names"):
			others.WriteString(line)
		}
	}
	want := inShop(t, s, map[string]string{"a.json": answers.String(), "b.json": others.String()}, "-n", "shop", "deploy/payment", "--from", "a.json", "--from", "b.json")
	for _, name := range []string{"a", "b"} {
		if got := run(t, "", "observe", "--from", name+".json", "-f", "state.yaml", "--local", "--output-file", name+".yaml"); got.code != 0 {
			t.Fatalf("observe: exit %d\n%s", got.code, got.stderr)
		}
	}
	got := genNetpol(t, "-n", "shop", "deploy/payment", "--from", "a.yaml", "--from", "b.yaml")
	if !strings.Contains(want.stdout, onlineshop.PaymentsName) {
		t.Errorf("no name:\n%s", want.stdout)
	}
	if diff := cmp.Diff(withoutSources(want.stdout), withoutSources(got.stdout)); diff != "" || got.code != 0 {
		t.Errorf("exit %d\n%s%s", got.code, got.stderr, diff)
	}
}
