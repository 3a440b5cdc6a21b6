package shop_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// unlike leaves out lines that have any of the words, and writes others as a source has it.
func unlike(lines []string, as *strings.Replacer, words ...string) []string {
	var out []string
	for _, line := range lines {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(line, word) }) {
			out = append(out, as.Replace(line))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestResolvesToTheTruthOfMeshes: what proxies and agents tell of the truth resolves to it, with the
// ports of the pods: those of Services are mended where a source has them.
func TestResolvesToTheTruthOfMeshes(t *testing.T) {
	s, same := shop.New(), strings.NewReplacer()
	// Of UDP there is nothing; the load came from pods that are gone.
	want := unlike(truth(s, false, "load"), same, " UDP ", "load >")
	if diff := cmp.Diff(want, unlike(lines(s, resolved(t, s, map[string]string{"envoy": s.Envoy(7)})), same, "load >", "unknown > web")); diff != "" {
		t.Errorf("Istio: %s", diff)
	}
	// There are no addresses.
	hidden := strings.NewReplacer(shop.APIServer, "unknown", shop.Payments1, "unknown", shop.Payments2, "unknown", shop.SMTP, "unknown", shop.Resolver, "unknown", shop.Visitor1+" ", "unknown ", shop.Visitor2+" ", "unknown ")
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(s.Whisker(7))); err != nil {
		t.Fatal(err)
	}
	want = unlike(append(truth(s, true, "load"), truth(s, false, "load")...), hidden)
	if diff := cmp.Diff(want, lines(s, resolved(t, s, map[string]string{"whisker": line.String()}))); diff != "" {
		t.Errorf("Whisker: %s", diff)
	}
	if diff := cmp.Diff(truth(s, false, "load"), lines(s, resolved(t, s, map[string]string{"kubescape": s.Kubescape()}))); diff != "" {
		t.Errorf("Kubescape: %s", diff)
	}
}
