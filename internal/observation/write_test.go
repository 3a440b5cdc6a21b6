package observation_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

func TestWrite(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for n := range 20 {
		set := observation.NewSet()
		tell(set, draw(random, n*20))
		seeAll(t, set, drawSightings(random, n*20))
		set.AddSource(api.ObservedSource{Name: `a"access":[],"edges":[]b`, Format: `"uses":[],"denied":[]`})
		want := set.Document()
		var out bytes.Buffer
		if err := observation.Write(&out, want); err != nil {
			t.Fatal(err)
		}
		got, err := observation.Parse(out.Bytes())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatal(err, diff)
		}
	}
}
