package apiserver_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// proves looks at the proof of roles, and at the roles without what was added.
func (p *place) proves(log string, made generated) {
	observed, added := 0, 0
	for _, s := range made.proof.Subjects {
		observed, added = observed+s.Observed, added+len(s.Added)
		if s.Observed == 0 || s.Covered != s.Observed || s.Coverage != 1 || s.Granted != s.Observed+len(s.Added) ||
			len(s.Excess)+len(s.Inexpressible)+len(s.Denied)+len(s.Refused) > 0 {
			p.Errorf("%+v", s)
		}
	}
	total := made.proof.Total
	if len(made.proof.Subjects) != 2 || total.Observed != observed || total.Covered != observed || total.Granted != observed+added || total.Coverage != 1 {
		p.Errorf("%d subjects, total %+v", len(made.proof.Subjects), total)
	}
	exact := p.generate(log, wholeFleet, operator, "--exact")
	for i, s := range exact.proof.Subjects {
		if len(s.Added)+len(s.Excess) > 0 || s.Granted != s.Observed || s.Observed != made.proof.Subjects[i].Observed {
			p.Errorf("--exact: %+v", s)
		}
	}
	if strings.Contains(exact.yaml, " added: ") || rules(exact.yaml) == rules(made.yaml) {
		p.Errorf("--exact:\n%s", exact.yaml)
	}
}

// sameFromOtherSources gives the same log in other shapes.
func (p *place) sameFromOtherSources(log string, made generated) {
	data, err := os.ReadFile(log)
	if err != nil {
		p.Fatal(err)
	}
	lines := slices.Collect(bytes.Lines(data))
	shuffled := slices.Clone(lines)
	rbacRandom(p.T).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	var odd, even [][]byte
	for i, line := range lines {
		if i%2 == 0 {
			even = append(even, line)
		} else {
			odd = append(odd, line)
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		p.Fatal(err)
	}
	if err := w.Close(); err != nil {
		p.Fatal(err)
	}
	halves := []string{p.write("even.log", bytes.Join(even, nil)), "--from", p.write("odd.log", bytes.Join(odd, nil))}
	for shape, from := range map[string][]string{
		"shuffled": {p.write("audit.log", bytes.Join(shuffled, nil))},
		"gzip":     {p.write("audit.log.gz", packed.Bytes())},
		"halves":   halves,
	} {
		again := p.generate(from[0], wholeFleet, operator, append(from[1:], "--widen", "finalizers")...)
		if got, want := withoutSources(again.yaml), withoutSources(made.yaml); got != want {
			p.Errorf("%s: the roles differ:\n%s", shape, cmp.Diff(want, got))
		}
	}
}

// withoutSources is YAML without the lines about each of the files.
func withoutSources(printed string) string {
	return regexp.MustCompile(`(?m)^# (kubectl harden |source  |blind   |         )[^\n]*\n`).ReplaceAllString(printed, "")
}

// halfHasHalf: the roles of an account that did the first half hold nothing else.
func (p *place) halfHasHalf(log string, made generated) {
	half := p.generate(log, halfFleet, operator)
	if strings.Contains(half.yaml, wholeFleet.tag) {
		p.Errorf("the roles name what only the other account was seen with:\n%s", half.yaml)
	}
	for _, other := range []string{
		"pods/exec", "deployments/scale", "deployments/finalizers", "nodes/proxy", "priorityclasses", "clusterroles",
		"certificatesigningrequests", "signers", "escalate", "bind", "impersonate", "serviceaccounts/token", "/metrics",
	} {
		at := regexp.MustCompile(`[\[ "]` + regexp.QuoteMeta(other) + `[\],":]`)
		if !at.MatchString(rules(made.yaml)) || at.MatchString(rules(half.yaml)) {
			p.Errorf("%s is in the wrong roles:\n%s", other, half.yaml)
		}
	}
	if len(half.proof.Subjects) != 1 || half.proof.Subjects[0].Observed == 0 {
		p.Errorf("%+v", half.proof.Subjects)
	}
}
