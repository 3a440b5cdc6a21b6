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
		"of a pod maybe": {[]string{"10.1.2.3", "pod/b:80"}, 2, `^unknown`, `^error: not all could be read: whether 10\.1\.2\.3 is of a pod`},
		"denied anyway":  {[]string{"10.1.2.3", "pod/b:81"}, 1, `^no`, `^$`},
		"the internet":   {[]string{"internet", "pod/b:80"}, 1, `^no`, `^$`},
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
