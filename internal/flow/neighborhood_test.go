package flow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// neighborhoodOf is an object of a workload with one egress neighbor.
func neighborhoodOf(neighbor string) string {
	return "apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\nkind: NetworkNeighborhood\nmetadata:\n  labels: {kubescape.io/workload-kind: Deployment, kubescape.io/workload-name: web, kubescape.io/workload-namespace: shop}\nspec:\n  containers:\n  - egress:\n    - " + neighbor + "\n"
}

func TestNeighborhoodRecorded(t *testing.T) {
	web := "in shop Deployment web with app=web"
	want := []string{
		"TCP nowhere > nowhere flag at client | " + web + ":0 | in shop with app=cart:80 ",
		"UDP nowhere > nowhere flag at client | " + web + ":0 | in kube-system with k8s-app=kube-dns:53 ",
		"TCP nowhere > 10.96.0.1:443 flag at client | " + web + ":0 | reserved kube-apiserver service default/kubernetes:443 ",
		"TCP nowhere > 198.51.100.7:443 flag at client | " + web + ":0 | nobody:443 api.example.com",
		"TCP nowhere > 10.244.2.20:5432 flag at client | " + web + ":0 | nobody:5432 ",
		"TCP nowhere > nowhere flag at client | " + web + ":0 | hidden: " + hiddenNeighbor + ":9 ",
		"TCP nowhere > nowhere flag at client | " + web + ":0 | in shop with tier=back:7000 ",
		"TCP nowhere > nowhere flag at server final | with app=web namespace with team=front:0 | in shop Deployment cart with app=cart:8080 ",
		"TCP nowhere > nowhere flag at server final | in shop with app=web:0 | in shop Deployment cart with app=cart:8080 ",
	}
	for _, name := range []string{"neighborhoods.yaml", "neighborhoods-list.yaml", "neighborhoods-list.json"} {
		for _, size := range []int{0, 64, 7} {
			r := readText(t, recorded(t, name), Options{blockSize: size})
			if diff := cmp.Diff(want, allWithPeers(r.flows)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			faults := map[string]int64{}
			for _, f := range r.sources[0].Faults {
				faults[f.Reason] = f.Count
			}
			if diff := cmp.Diff(map[string]int64{faultNoPorts: 1, faultNotKind: 1, api.FaultWatchedInPart: 1, api.FaultStillWatched: 1}, faults); diff != "" || r.sources[0].Skipped != 2 {
				t.Errorf("%s: faults (-want +got):\n%s", name, diff)
			}
			for i := range r.flows {
				if f := &r.flows[i]; !f.Ageless || f.Time != 0 || f.Count != 1 {
					t.Errorf("%s: %+v", name, f)
				}
			}
		}
	}
}

func TestNeighborhoodBadInput(t *testing.T) {
	const ports = "ports: [{protocol: TCP, port: 80}]}"
	good := neighborhoodOf("{ipAddress: 198.51.100.7, " + ports)
	const got = "TCP nowhere > 198.51.100.7:80 flag at client | in shop Deployment web:0 | nobody:80 "
	hidden := func(why string) string {
		return "TCP nowhere > nowhere flag at client | in shop Deployment web:0 | hidden: " + why + ":80 "
	}
	for name, test := range map[string]struct {
		text   string
		flows  []string
		faults []string
	}{
		"good":                  {good, []string{got}, nil},
		"documents":             {"---\n" + good + "...\n---\n# more\n" + good + "--- # end\n", []string{got, got}, nil},
		"CR and LF":             {strings.ReplaceAll(good+"---\n"+good, "\n", "\r\n"), []string{got, got}, nil},
		"address":               {neighborhoodOf("{ipAddress: 10.0.0.256, " + ports), nil, []string{"1x no address at 0"}},
		"CIDR":                  {neighborhoodOf("{ipAddress: 10.0.0.0/8, " + ports), nil, []string{"1x no address at 0"}},
		"port":                  {neighborhoodOf("{ipAddress: 198.51.100.7, ports: [{protocol: TCP, port: 65536}]}"), nil, []string{"1x port out of range at 0"}},
		"port below 0":          {neighborhoodOf("{ipAddress: 198.51.100.7, ports: [{protocol: TCP, port: -1}]}"), nil, []string{"1x port out of range at 0"}},
		"huge port":             {neighborhoodOf("{ipAddress: 198.51.100.7, ports: [{protocol: TCP, port: 4e99}]}"), nil, []string{"1x not a flow at 0"}},
		"no port":               {neighborhoodOf("{ipAddress: 198.51.100.7, ports: [{protocol: TCP}]}"), nil, []string{"1x a neighbor without ports at 0"}},
		"no ports":              {neighborhoodOf("{ipAddress: 198.51.100.7, ports: null}"), nil, []string{"1x a neighbor without ports at 0"}},
		"protocol":              {neighborhoodOf("{ipAddress: 198.51.100.7, ports: [{protocol: QUIC, port: 80}]}"), nil, []string{"1x no known protocol at 0"}},
		"wrong type":            {neighborhoodOf("{ipAddress: [1], " + ports), nil, []string{"1x not a flow at 0"}},
		"no workload":           {strings.ReplaceAll(good, "workload-name", "workload"), nil, []string{"1x no workload named at 0"}},
		"behind a broken one":   {"{\n\"a\n\"b\": 1}\n" + `{"kind":"List","items":[]}` + "\n" + good, []string{got}, []string{"1x cut at 0", "1x not a NetworkNeighborhood at 5"}},
		"no line end":           {strings.TrimSuffix(good, "\n"), nil, []string{"1x cut at 249"}},
		"cut":                   {good[:len(good)-5] + "\n", nil, []string{"1x not YAML at 0"}},
		"NUL":                   {strings.Replace(good, "web", "w\x00b", 1), nil, []string{"1x not YAML at 0"}},
		"invalid UTF-8":         {strings.Replace(good, "web", "w\xffb", 1), nil, []string{"1x not YAML at 0"}},
		"expressions":           {neighborhoodOf("{podSelector: {matchExpressions: [{key: a, operator: Exists}]}, " + ports), []string{hidden(hiddenSelector)}, nil},
		"empty selector":        {neighborhoodOf("{podSelector: {}, " + ports), []string{hidden(hiddenNeighbor)}, nil},
		"any namespace":         {neighborhoodOf("{podSelector: {matchLabels: {a: b}}, namespaceSelector: {}, " + ports), []string{hidden(hiddenSelector)}, nil},
		"a whole namespace":     {neighborhoodOf("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}, " + ports), []string{hidden(hiddenNeighbor)}, nil},
		"JSON behind YAML":      {good + "---\n" + `{"kind":"NetworkNeighborhood","metadata":{"labels":{"kubescape.io/workload-kind":"Pod","kubescape.io/workload-name":"a","kubescape.io/workload-namespace":"b"}},"spec":{"containers":[{"egress":[{"ipAddress":"198.51.100.7","ports":[{"protocol":"UDP","port":53}]}]}]}}` + "\n", []string{got, "UDP nowhere > 198.51.100.7:53 flag at client | in b Pod a:0 | nobody:53 "}, nil},
		"JSON cut":              {`{"kind": "NetworkNeighborhood", "spec": {` + "\n", nil, []string{"1x cut at 0"}},
		"indented list":         {"kind: List\nitems:\n  - " + strings.ReplaceAll(strings.TrimSuffix(good, "\n"), "\n", "\n    ") + "\n  # and\n  - " + strings.ReplaceAll(strings.TrimSuffix(good, "\n"), "\n", "\n    ") + "\nmetadata: {}\n", []string{got, got}, nil},
		"one broken of a list":  {"items:\n- kind: NetworkNeighborhood\n  a: [\n- " + strings.ReplaceAll(strings.TrimSuffix(good, "\n"), "\n", "\n  ") + "\nkind: List\n", []string{got}, []string{"1x not YAML at 7"}},
		"hostile names, escape": {neighborhoodOf(`{ipAddress: 198.51.100.7, dns: "\u001b[31m<b>\n---\nkind: x", ` + ports), []string{strings.TrimSuffix(got, " ") + " \u001b[31m<b>\n---\nkind: x"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{0, 64} {
				known := "# kind: NetworkNeighborhood\nkind: NetworkNeighborhood\n---\n"
				r := readText(t, known+test.text, Options{blockSize: size})
				var faults []string
				for i := range r.sources[0].Faults {
					r.sources[0].Faults[i].Offset -= int64(len(known))
				}
				for _, fault := range faultWords(&r) {
					if !strings.HasPrefix(fault, "1x "+faultNoSubject) || name == "no workload" {
						faults = append(faults, fault)
					}
				}
				if name == "no workload" {
					faults = []string{"1x no workload named at 0"}
				}
				if diff := cmp.Diff(test.faults, faults, equateEmpty()); diff != "" {
					t.Errorf("faults (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.flows, allWithPeers(r.flows), equateEmpty()); diff != "" {
					t.Errorf("flows (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestCutAnywhere: what is left of a source is part of the whole.
func TestCutAnywhere(t *testing.T) {
	for _, name := range []string{"neighborhoods.yaml", "neighborhoods-list.yaml", "neighborhoods-list.json", "whisker-list.json", "whisker.jsonl", "istio-access.log", "istio-access.json"} {
		text := recorded(t, name)
		// The labels of the workload, which is named, come behind its neighbors.
		named := strings.NewReplacer("Deployment web with app=web", "Deployment web", "Deployment cart with app=cart", "Deployment cart")
		r := readText(t, text, Options{})
		whole := map[string]bool{}
		for _, f := range allWithPeers(r.flows) {
			whole[named.Replace(f)] = true
		}
		for n := 200; n < len(text)-1; n += 1 + len(text)/700 {
			if _, ok := Format([]byte(text[:n])); !ok {
				continue
			}
			r := readText(t, text[:n], Options{})
			for _, f := range allWithPeers(r.flows) {
				if !whole[named.Replace(f)] {
					t.Fatalf("%s cut at %d: %s", name, n, f)
				}
			}
		}
	}
}
