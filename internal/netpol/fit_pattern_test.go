package netpol_test

import (
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestEdgePatterns holds which patterns leave which edges out.
func TestEdgePatterns(t *testing.T) {
	for line := range strings.Lines(`
deploy/web->deploy/cart               | deploy/web deploy/cart TCP 7070     | yes
deploy/web->deploy/cart:7070          | deploy/web deploy/cart TCP 7070     | yes
deploy/web->deploy/cart:80            | deploy/web deploy/cart TCP 7070     | no
deployments.apps/web->Deployment/cart | deploy/web deploy/cart TCP 7070     | yes
sts/web->deploy/cart                  | deploy/web deploy/cart TCP 7070     | no
ops/deploy/web->*                     | deploy/web deploy/cart TCP 7070     | no
ops/deploy/web->*                     | ops/deploy/web deploy/cart TCP 7070 | yes
*/deploy/*->*:7070                    | ops/deploy/web deploy/cart TCP 7070 | yes
* -> nodes                            | deploy/web node TCP 10250           | yes
nodes->*                              | own-node deploy/web TCP 8080        | yes
deploy/web->apiserver:6443            | deploy/web apiserver TCP 6443       | yes
deploy/web->apiserver                 | deploy/web node TCP 6443            | no
deploy/web->198.51.100.0/24:443       | deploy/web 198.51.100.7 TCP 443     | yes
deploy/web->198.51.100.9/24           | deploy/web 198.51.101.7 TCP 443     | no
deploy/web->2001:db8::7               | deploy/web 2001:db8::7 TCP 443      | yes
deploy/web->[2001:db8::]:443          | deploy/web 2001:db8::7 TCP 443      | no
deploy/web->[2001:db8::7]:443         | deploy/web 2001:db8::7 TCP 443      | yes
198.51.100.7->deploy/web              | ::ffff:198.51.100.7 deploy/web TCP 80 | yes
0.0.0.0/0->*                          | unknown:10.1.2.3 deploy/web TCP 80  | yes`) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) != 3 {
			continue
		}
		p, err := netpol.ParseEdgePattern(strings.TrimSpace(parts[0]), "shop")
		if err != nil {
			t.Errorf("%s: %v", parts[0], err)
			continue
		}
		c := readFitCase(t, "workload deploy/web app=web\nworkload deploy/cart app=cart\nworkload ops/deploy/web app=web\nsubject deploy/web deploy/cart ops/deploy/web\nedge "+parts[1]+" 5\n")
		c.opts.Exclude = []netpol.EdgePattern{p}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		left := 0
		for i := range sets {
			left += len(sets[i].Answer.Proof.LeftOut)
		}
		if (left > 0) != (strings.TrimSpace(parts[2]) == "yes") {
			t.Errorf("%s: %d left out", line, left)
		}
	}
}

// TestBadEdgePatterns are texts that are no pattern; the message says what is wrong.
func TestBadEdgePatterns(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "is not FROM->TO",
		"deploy/web":                    "is not FROM->TO",
		"a/b->c/d->e/f":                 "is not FROM->TO",
		"->deploy/web":                  "empty",
		"deploy/web->":                  "empty",
		"web->*":                        "is not TYPE/NAME",
		"a/b/c/d->*":                    "is not TYPE/NAME",
		"/web->*":                       "is not TYPE/NAME",
		"deploy/->*":                    "is not TYPE/NAME",
		"*->deploy/web:0":               "is not a port",
		"*->deploy/web:65536":           "is not a port",
		"*->deploy/web:http":            "is not a port",
		"*->deploy/web:-1":              "is not a port",
		"*->198.51.100.0/33":            "is not TYPE/NAME",
		"*->" + strings.Repeat("x", 99): "is not TYPE/NAME",
	} {
		if _, err := netpol.ParseEdgePattern(text, "shop"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzParseEdgePattern: no text makes it panic, neither reading nor using it, and what is read
// is kept as it was written.
func FuzzParseEdgePattern(f *testing.F) {
	for _, text := range []string{"deploy/web->*:80", "shop/sts/db->[::1]:5432", "10.0.0.0/8->apiserver", "nodes->fe80::1%eth0", "->", "\x00->[", "*->::ffff:0:0/96"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := netpol.ParseEdgePattern(text, "shop")
		if p.String() != text {
			t.Fatalf("%q became %q", text, p.String())
		}
		if err != nil {
			return
		}
		c := readFitCase(t, "workload deploy/web app=web\nsubject deploy/web\nedge 198.51.100.7 deploy/web TCP 80 5\nedge deploy/web node UDP 53 5")
		c.opts.Exclude = []netpol.EdgePattern{p}
		c.edges = append(c.edges, api.Edge{Client: api.EdgeEnd{Kind: api.EndWorkload}, Server: api.EdgeEnd{Kind: "?", Address: text}})
		if _, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts); err != nil {
			t.Fatal(err)
		}
	})
}
