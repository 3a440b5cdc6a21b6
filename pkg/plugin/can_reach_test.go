package plugin

import (
	"regexp"
	"testing"
)

const twoPods = `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: a}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop, labels: {app: b}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: b, namespace: shop}
spec: {podSelector: {matchLabels: {app: b}}, ingress: [{from: [{podSelector: {matchLabels: {app: a}}}, {ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: c, namespace: shop, labels: {app: c}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: c, namespace: shop}
spec:
  podSelector: {matchLabels: {app: c}}
  ingres: [{}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: later, namespace: later}
spec: {template: {metadata: {labels: {app: b}}, spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: other, namespace: later}
spec: {podSelector: {matchLabels: {app: other}}}
`

func TestCanReach(t *testing.T) {
	for name, test := range map[string]struct {
		args        []string
		code        int
		out, errOut string
	}{
		"yes":            {[]string{"pod/a", "pod/b:80"}, 0, `^yes   pod/a to pod/b, `, `^$`},
		"no":             {[]string{"pod/a", "pod/b:81"}, 1, `^no   pod/a to pod/b, `, `^$`},
		"partly":         {[]string{"pod/a", "pod/b"}, 1, `^partly`, `^$`},
		"quiet":          {[]string{"pod/a", "pod/b:80", "-q"}, 0, `^yes\n$`, `^$`},
		"one end":        {[]string{"pod/a"}, 2, `^$`, `^error: can-reach takes two ends`},
		"none":           {nil, 2, `^$`, `^error: can-reach takes two ends`},
		"a port of FROM": {[]string{"pod/a:1", "pod/b"}, 2, `^$`, `the port belongs to TO`},
		"no such pod":    {[]string{"pod/x", "pod/b"}, 2, `^$`, `no live pod "x" in namespace shop`},
		"all namespaces": {[]string{"pod/a", "pod/b", "-A"}, 2, `^$`, `neither -A nor -l`},
		"an address":     {[]string{"8.8.8.8", "pod/b:80"}, 1, `^no`, `^$`},
		"of a pod maybe": {[]string{"10.1.2.3", "pod/b:80"}, 2, `^unknown`, `^error: not all is known: whether 10\.1\.2\.3 is of a pod`},
		"denied anyway":  {[]string{"10.1.2.3", "pod/b:81"}, 1, `^no`, `^$`},
		"the internet":   {[]string{"internet", "pod/b:80"}, 1, `^no`, `^$`},
		"UDP":            {[]string{"pod/a", "8.8.8.8:53/UDP"}, 0, `^yes   pod/a to 8\.8\.8\.8, UDP 53\n`, `^$`},
		"UDP, IPv6":      {[]string{"pod/a", "[2600::1]:53/UDP"}, 0, `^yes   pod/a to 2600::1, UDP 53\n`, `^$`},
		"a block":        {[]string{"pod/a", "8.8.8.0/24:443"}, 0, `^yes   pod/a to 8\.8\.8\.0/24, TCP 443\n`, `^$`},
		"no protocol":    {[]string{"pod/a", "8.8.8.8:53/ICMP"}, 2, `^$`, `the protocol is none of TCP, UDP and SCTP`},
		"a namespace":    {[]string{"pod/a", "namespace/later:http"}, 0, `deploy/later has no live pods: judged by its template`, `^$`},
		"no namespace":   {[]string{"pod/a", "namespace/x"}, 2, `^$`, `^error: namespace x has no live pods, and no workload with a template`},
		"misspelt":       {[]string{"pod/a", "pod/c:80"}, 2, `policy shop/c: unknown field "spec\.ingres" \(-:26\)`, `^error: not all is known: policy shop/c: a policy may isolate it`},
		"hostile":        {[]string{"pod/\x1b[31m", "pod/b"}, 2, `^$`, `^error: [^\x1b]*$`},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, twoPods, append([]string{"can-reach", "-f", "-", "--local", "-n", "shop"}, test.args...)...)
			if r.code != test.code || !regexp.MustCompile(test.out).MatchString(r.stdout) || !regexp.MustCompile(test.errOut).MatchString(r.stderr) {
				t.Errorf("%+v", r)
			}
		})
	}
}
