package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// envoyLineOf is a line of the default text of a proxy, from the host on.
func envoyLineOf(codes, host, rest string) string {
	return fmt.Sprintf(`[2026-11-20T12:00:00.123Z] "GET / HTTP/1.1" %s "-" 0 18 3 2 "-" "curl/8" "id" "cart" "%s" %s`, codes, host, rest) + "\n"
}

func TestEnvoyRecorded(t *testing.T) {
	outbound := "TCP 10.244.1.5:41342 > 10.244.2.9:8080 listener at client final dialled 10.96.0.50:80 | nobody:41342 | service shop/cart:8080 "
	denied := "TCP 10.244.1.30:41000 > 10.244.2.9:8080 listener at server final denied rbac_access_denied | nobody:41000 | nobody:8080 "
	for name, want := range map[string][]string{
		"istio-access.json": {outbound, denied},
		"istio-access.log": {
			outbound,
			"TCP 10.244.1.5:41342 > 10.244.2.9:8080 listener at server final | nobody:41342 | nobody:8080 ",
			denied,
			"TCP 10.244.1.5:41400 > 10.96.0.53:80 listener at client unanswered | nobody:41400 | service shop/idle:80 ",
			"TCP 10.244.1.5:42000 > 198.51.100.7:443 listener at client final | nobody:42000 | nobody:443 ",
			"TCP 10.244.1.5:42100 > 203.0.113.9:5671 listener at client | nobody:42100 | nobody:5671 ",
			"TCP 10.244.1.5:42200 > 203.0.113.10:25 listener at client unanswered denied BlackHoleCluster | nobody:42200 | nobody:25 ",
			"TCP nowhere > 10.244.2.9:8080 listener at server final | hidden: " + hiddenForwarded + ":0 | nobody:8080 ",
			"TCP 203.0.113.77:55000 > 10.244.1.30:8443 listener at server final | nobody:55000 | nobody:8443 ",
			"TCP 10.244.1.30:43000 > 10.244.1.5:8080 listener at client final | nobody:43000 | service shop/web:8080 ",
		},
	} {
		for _, size := range []int{0, 64} {
			r := readText(t, recorded(t, name), Options{blockSize: size})
			if diff := cmp.Diff(want, allWithPeers(r.flows)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if s := r.sources[0]; s.Skipped != 0 || s.Format != api.FormatEnvoy || s.Undated != 0 || s.Window.From != "2026-11-20T12:00:00Z" {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

func TestEnvoyLines(t *testing.T) {
	const up = "- via_upstream -"
	for name, test := range map[string]struct {
		line string
		want []string
	}{
		"Istio 1.3": {
			`[2026-11-20T12:00:00.123Z] "GET / HTTP/1.1" 418 - "-" "-" 0 135 4 4 "-" "curl/8" "id" "httpbin:8000" "127.0.0.1:80" inbound|8000|http|httpbin.foo.svc.cluster.local 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.httpbin.foo.svc.cluster.local default` + "\n",
			[]string{"TCP 10.44.1.23:37652 > 10.44.1.27:80 listener at server final | nobody:37652 | nobody:80 "},
		},
		"raw cluster": {
			envoyLineOf("200 "+up, "10.0.0.2:80", "inbound|80||; 127.0.0.6:1 10.0.0.2:80 10.0.0.1:40000 - default"),
			[]string{"TCP 10.0.0.1:40000 > 10.0.0.2:80 listener at server final | nobody:40000 | nobody:80 "},
		},
		"inbound passthrough": {
			envoyLineOf("200 "+up, "10.0.0.2:80", "InboundPassthroughClusterIpv4 127.0.0.6:1 10.0.0.2:80 10.0.0.1:40000 - default"),
			[]string{"TCP 10.0.0.1:40000 > 10.0.0.2:80 listener at server final | nobody:40000 | nobody:80 "},
		},
		"IPv6 and a subset": {
			envoyLineOf("200 "+up, "[fd00::2]:8080", "outbound|80|v1|cart.shop.svc.cluster.local [fd00::1]:40000 [fd00:96::50]:80 [fd00::1]:40001 - default"),
			[]string{"TCP [fd00::1]:40000 > [fd00::2]:8080 listener at client final dialled [fd00:96::50]:80 | nobody:40000 | service shop/cart:8080 "},
		},
		"headless": {
			envoyLineOf("200 "+up, "10.0.0.2:5432", "outbound|5432||db.shop.svc.cluster.local 10.0.0.1:40000 10.0.0.2:5432 10.0.0.1:40001 - -"),
			[]string{"TCP 10.0.0.1:40000 > 10.0.0.2:5432 listener at client final | nobody:40000 | service shop/db:5432 "},
		},
		"a header for the caller": {
			envoyLineOf("200 "+up, "10.0.0.2:8080", "outbound|80||cart.shop.svc.cluster.local 10.0.0.1:40000 10.96.0.50:80 203.0.113.9:0 - default"),
			[]string{"TCP 10.0.0.1:40000 > 10.0.0.2:8080 listener at client final dialled 10.96.0.50:80 | nobody:40000 | service shop/cart:8080 "},
		},
		"connection refused": {
			envoyLineOf("503 UF,URX upstream_reset -", "10.0.0.2:8080", "outbound|80||cart.shop.svc.cluster.local 10.0.0.1:40000 10.96.0.50:80 10.0.0.1:40001 - default"),
			[]string{"TCP 10.0.0.1:40000 > 10.0.0.2:8080 listener at client final unanswered dialled 10.96.0.50:80 | nobody:40000 | service shop/cart:8080 "},
		},
		"no route": {
			envoyLineOf("404 NR route_not_found -", "-", "- - 10.96.0.50:80 10.0.0.1:40001 - -"),
			[]string{"TCP 10.0.0.1:40001 > 10.96.0.50:80 listener at client unanswered | nobody:40001 | nobody:80 "},
		},
		"denied on TCP": {
			envoyLineOf("0 - - rbac_access_denied_matched_policy[ns[shop]-policy[p]-rule[0]]", "-", "inbound|5432|| - 10.0.0.2:5432 10.0.0.1:40001 - -"),
			[]string{"TCP 10.0.0.1:40001 > 10.0.0.2:5432 listener at server final denied rbac_access_denied | nobody:40001 | nobody:5432 "},
		},
		"a wildcard outside": {
			envoyLineOf("0 - - -", "198.51.100.7:443", "outbound|443||*.example.com 10.0.0.1:40000 198.51.100.7:443 10.0.0.1:40001 a.example.com -"),
			[]string{"TCP 10.0.0.1:40000 > 198.51.100.7:443 listener at client final | nobody:40000 | nobody:443 "},
		},
		"a ServiceEntry": {
			envoyLineOf("0 - - -", "203.0.113.77:3306", "outbound|3306||db.internal 10.0.0.1:40000 240.240.0.1:3306 10.0.0.1:40001 - -"),
			[]string{"TCP 10.0.0.1:40000 > 203.0.113.77:3306 listener at client final dialled 240.240.0.1:3306 | nobody:40000 | nobody:3306 "},
		},
		"of a clusterset": {
			envoyLineOf("200 "+up, "198.51.100.7:15443", "outbound|80||cart.shop.svc.clusterset.local 10.0.0.1:40000 240.0.0.1:80 10.0.0.1:40001 - -"),
			[]string{"TCP 10.0.0.1:40000 > 198.51.100.7:15443 listener at client final dialled 240.0.0.1:80 | nobody:40000 | nobody:15443 "},
		},
		"gateway that passes TLS": {
			envoyLineOf("0 - - -", "10.0.0.2:8443", "outbound_.443_._.web.shop.svc.cluster.local 10.0.0.9:40000 10.0.0.9:15443 203.0.113.7:40001 - -"),
			[]string{
				"TCP 203.0.113.7:40001 > 10.0.0.9:15443 listener at server final | nobody:40001 | nobody:15443 ",
				"TCP 10.0.0.9:40000 > 10.0.0.2:8443 listener at client final | nobody:40000 | service shop/web:8443 ",
			},
		},
		"gateway with HTTP/3": {
			strings.Replace(envoyLineOf("200 "+up, "10.0.0.2:8443", "outbound|443||web.shop.svc.cluster.local 10.0.0.9:40000 10.0.0.9:8443 203.0.113.7:40001 - -"), "HTTP/1.1", "HTTP/3", 1),
			[]string{
				"UDP 203.0.113.7:40001 > 10.0.0.9:8443 listener at server final | nobody:40001 | nobody:8443 ",
				"TCP 10.0.0.9:40000 > 10.0.0.2:8443 listener at client final | nobody:40000 | service shop/web:8443 ",
			},
		},
		"hop to a socket":        {envoyLineOf("200 "+up, "/var/run/app.sock", "outbound|80||cart.shop.svc.cluster.local 10.0.0.1:40000 10.96.0.50:80 10.0.0.1:40001 - -"), nil},
		"hop to a sidecar":       {envoyLineOf("200 "+up, "10.0.0.2:15006", "outbound|80||cart.shop.svc.cluster.local 10.0.0.1:40000 10.96.0.50:80 10.0.0.1:40001 - -"), nil},
		"hop of HBONE":           {envoyLineOf("200 "+up, "envoy://connect_originate/10.0.0.2:80", "outbound|80||cart.shop.svc.cluster.local envoy://internal_client_address/ 10.96.0.50:80 10.0.0.1:40001 - -"), nil},
		"hop inside":             {envoyLineOf("200 "+up, "127.0.0.1:80", "inbound|80|| 127.0.0.6:1 127.0.0.1:15006 10.0.0.1:40001 - -"), nil},
		"the proxy's own log":    {"2026-11-20T11:59:58.000000Z\twarn\tca\tca request failed\n", nil},
		"the proxy's own JSON":   {`{"level":"info","time":"2026-11-20T11:59:58Z","msg":"Envoy proxy is ready"}` + "\n", nil},
		"JSON with more than it": {strings.Replace(strings.SplitAfter(recorded(t, "istio-access.json"), "\n")[1], "{", `{"pod_name":"x","node":{"a":[1]},`, 1), []string{"TCP 10.244.1.30:41000 > 10.244.2.9:8080 listener at server final denied rbac_access_denied | nobody:41000 | nobody:8080 "}},
	} {
		t.Run(name, func(t *testing.T) {
			text := recorded(t, "istio-access.json") + test.line
			r := readText(t, text, Options{})
			if diff := cmp.Diff(test.want, allWithPeers(r.flows)[2:], equateEmpty()); diff != "" || r.sources[0].Skipped != 0 {
				t.Errorf("%+v (-want +got):\n%s", r.sources[0].Faults, diff)
			}
		})
	}
}

// TestEnvoyForged: what a caller sends is not taken for what the proxy saw.
func TestEnvoyForged(t *testing.T) {
	good := good()["Envoy"]
	forged := ` "10.0.0.66:80" outbound|80||x 10.0.0.1:1 10.0.0.2:80 10.0.0.3:4 - -`
	for name, line := range map[string]string{
		"user agent":  strings.Replace(good, "curl/8", "curl\""+forged+"\"", 1),
		"authority":   strings.Replace(good, `"cart"`, `"cart"`+forged+`"`, 1),
		"server name": strings.Replace(good, " - default", forged+" default", 1),
		"spaces":      strings.Replace(good, " - default", " 10.0.0.1:1 10.0.0.2:80 10.0.0.3:4 x default", 1),
	} {
		if line == good {
			t.Fatal(name)
		}
		r := readText(t, good+line, Options{})
		if len(r.flows) != 1 || r.sources[0].Skipped != 1 || r.sources[0].Faults[0].Reason != faultLayout {
			t.Errorf("%s: %q, %+v", name, allWords(r.flows), r.sources[0].Faults)
		}
	}
}

// TestEnvoyOtherLayouts are not claimed, and not guessed.
func TestEnvoyOtherLayouts(t *testing.T) {
	for name, line := range map[string]string{
		"Envoy's default": `[2026-11-20T12:00:00.123Z] "GET / HTTP/1.1" 200 - 0 18 3 2 "-" "curl/8" "id" "cart" "10.0.0.2:80"` + "\n",
		"an own one":      `[2026-11-20T12:00:00.123Z] 10.0.0.1:1 > 10.0.0.2:80 outbound|80||cart.shop.svc.cluster.local` + "\n",
		"one more field":  strings.Replace(good()["Envoy"], " - default", " - default trace", 1),
		"own JSON":        `{"time":"2026-11-20T12:00:00.123Z","upstream_host":"10.0.0.2:80","upstream_cluster":"outbound|80||a.b.svc.cluster.local"}` + "\n",
	} {
		if got, ok := Format([]byte(line)); ok {
			t.Errorf("%s is taken for %s", name, got)
		}
		r := readText(t, good()["Envoy"]+line, Options{})
		if len(r.flows) != 1 || len(r.sources[0].Faults) != 1 || r.sources[0].Faults[0].Reason != faultLayout {
			t.Errorf("%s: %q, %+v", name, allWords(r.flows), r.sources[0].Faults)
		}
	}
}
