package flow

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func equateEmpty() cmp.Option { return cmpopts.EquateEmpty() }

// whiskerRecord is a good flow.
const whiskerRecord = `{"start_time":"2026-11-20T12:00:00Z","end_time":"2026-11-20T12:00:15Z","action":"Allow","source_name":"web-6d4f5-*","source_namespace":"shop","source_labels":"app=web","dest_name":"db-*","dest_namespace":"data","dest_labels":"app=db | tier=back","protocol":"tcp","dest_port":5432,"reporter":"Src","policies":{"enforced":[],"pending":[]},"packets_in":6,"packets_out":6,"bytes_in":1286,"bytes_out":640}`

func TestWhiskerRecorded(t *testing.T) {
	web, cart := "in shop pods web-6d4f5- with app=web,pod-template-hash=6d4f5:0", "in shop pods cart-7f9c8- with app=cart,pod-template-hash=7f9c8,tier=back:8080 "
	few := "in shop pods web-6d4f5- with app=web:0"
	want := []string{
		"TCP nowhere > nowhere flag at client final allowed | " + web + " | " + cart,
		"TCP nowhere > nowhere flag at server final allowed | " + web + " | " + cart,
		"TCP nowhere > nowhere flag at server final denied | in shop pod meshed:0 | in shop pods db- with app=db:5432 ",
		"UDP nowhere > nowhere flag at client final allowed | " + few + " | in kube-system pods coredns-1- with k8s-app=kube-dns:5353 ",
		"TCP nowhere > nowhere flag at client final allowed | " + few + " | hidden: " + hiddenPublic + ":443 ",
		"TCP nowhere > nowhere flag at server final allowed | hidden: " + hiddenPrivate + ":0 | in shop pods cart-7f9c8- with app=cart:8080 ",
		"TCP nowhere > nowhere flag at server final allowed | host node-a:0 | in shop pods cart-7f9c8- with app=cart:8081 ",
		"TCP nowhere > nowhere flag at client final allowed | " + few + " | host partners:443 ",
	}
	for _, name := range []string{"whisker.jsonl", "whisker-list.json", "whisker-stream.txt"} {
		for _, size := range []int{0, 64, 7} {
			r := readText(t, recorded(t, name), Options{blockSize: size})
			if diff := cmp.Diff(want, allWithPeers(r.flows)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if s := r.sources[0]; s.Skipped != 0 || s.Faults != nil || s.Format != api.FormatWhisker || s.Window.To != "2026-11-20T12:00:15Z" {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

func TestWhiskerBadInput(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		flows  int
		faults []string
	}{
		"good":             {whiskerRecord + "\n" + whiskerRecord + "\n", 2, nil},
		"no line end":      {whiskerRecord, 1, nil},
		"CR and LF":        {whiskerRecord + "\r\n\r\n" + whiskerRecord + "\r\n", 2, nil},
		"all events":       {"retry: 5\n: hello\nevent: flow\nid: 7\ndata: " + whiskerRecord + "\n\n", 1, nil},
		"array":            {"[\n" + whiskerRecord + ",\n" + whiskerRecord + "\n]\n", 2, nil},
		"empty list":       {`{"total":0,"items":[]}` + whiskerRecord, 1, nil},
		"cut":              {whiskerRecord + "\n" + whiskerRecord[:90], 1, []string{"1x cut at 401"}},
		"cut list":         {`{"total":2,"items":[` + whiskerRecord + "," + whiskerRecord[:90], 1, []string{"1x cut at 421"}},
		"cut line between": {whiskerRecord[:90] + "\n" + whiskerRecord, 1, []string{"1x cut at 0"}},
		"cut in a string":  {whiskerRecord[:20] + "\n" + whiskerRecord, 1, []string{"1x cut at 0"}},
		"garbage":          {"I1120 garbage {x}\n\x00\x00\n\xff\xfe \xf0 }]\n" + whiskerRecord, 1, []string{"3x not JSON at 0"}},
		"another object":   {`{"level":"info"}` + "\n" + whiskerRecord, 1, []string{"1x not a flow at 0"}},
		"another type":     {strings.Replace(whiskerRecord, "5432", `"5432"`, 1) + whiskerRecord, 1, []string{"1x not a flow at 0"}},
		"port":             {strings.Replace(whiskerRecord, "5432", "65536", 1) + whiskerRecord, 1, []string{"1x port out of range at 0"}},
		"port below 0":     {strings.Replace(whiskerRecord, "5432", "-1", 1) + whiskerRecord, 1, []string{"1x port out of range at 0"}},
		"protocol":         {strings.Replace(whiskerRecord, `"tcp"`, `"quic"`, 1) + whiskerRecord, 1, []string{"1x no known protocol at 0"}},
		"action":           {strings.Replace(whiskerRecord, `"Allow"`, `"Pass"`, 1) + whiskerRecord, 1, []string{"1x no known action at 0"}},
		"reporter":         {strings.Replace(whiskerRecord, `"Src"`, `"Both"`, 1) + whiskerRecord, 1, []string{"1x not a flow at 0"}},
		"nobody":           {strings.Replace(whiskerRecord, `"db-*"`, `""`, 1) + whiskerRecord, 1, []string{"1x not a flow at 0"}},
		"NUL":              {strings.Replace(whiskerRecord, "app=web", "app=\x00", 1) + "\n" + whiskerRecord, 1, []string{"1x not JSON at 0"}},
		"brackets":         {strings.Replace(whiskerRecord, `"enforced":[`, `"enforced":{`, 1) + "\n" + whiskerRecord, 1, []string{"1x not JSON at 0"}},
		"invalid UTF-8":    {strings.Replace(whiskerRecord, "app=web", "app=\xff", 1) + whiskerRecord, 2, nil},
		"hostile names":    {strings.Replace(whiskerRecord, "web-6d4f5-*", `\u001b[31m<b>\n---\n*`, 1) + whiskerRecord, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{0, 64, 5} {
				files := "data: " + whiskerRecord + "\n" // so that it is known
				r := readText(t, files+test.text, Options{blockSize: size})
				for i := range r.sources[0].Faults {
					r.sources[0].Faults[i].Offset -= int64(len(files))
				}
				if diff := cmp.Diff(test.faults, faultWords(&r), equateEmpty()); diff != "" || len(r.flows) != test.flows+1 {
					t.Errorf("size %d: %d flows, faults (-want +got):\n%s", size, len(r.flows), diff)
				}
			}
		})
	}
}

func TestWhiskerIsLongAndOnOneLine(t *testing.T) {
	const n = 9000 // 5 MB
	text := `{"total":9000,"items":[` + strings.Repeat(whiskerRecord+",", n-1) + whiskerRecord + "]}"
	if r := readText(t, text, Options{}); len(r.flows) != n || r.sources[0].Skipped != 0 {
		t.Errorf("%d flows, %+v", len(r.flows), r.sources[0].Faults)
	}
}

// TestSamplesOfMeshes reads the samples of a folder that FLOW_SAMPLES names.
func TestSamplesOfMeshes(t *testing.T) {
	folder := os.Getenv("FLOW_SAMPLES")
	if folder == "" {
		t.Skip("FLOW_SAMPLES names no folder")
	}
	for name, want := range map[string][]string{
		"istio/sidecar-access-log.samples.txt": {
			"TCP 172.17.0.16:41342 > 172.17.0.11:9080 listener at client final dialled 10.100.112.212:9080 | nobody:41342 | service default/reviews:9080 ",
		},
		"calico/whisker-flowlog.fixture.json": {
			"UDP nowhere > nowhere flag at client final allowed | in tigera-prometheus pods prometheus-calico-node-prometheus- with app.kubernetes.io/name=prometheus,apps.kubernetes.io/pod-index=0,controller-revision-hash=prometheus-calico-node-prometheus-749869ffc6,k8s-app=tigera-prometheus,statefulset.kubernetes.io/pod-name=prometheus-calico-node-prometheus-0:0 | in kube-system pods kube-dns- with k8s-app=kube-dns:53 ",
			"TCP nowhere > nowhere flag at client final allowed | in shop pods web- with app=web:0 | hidden: " + hiddenPublic + ":443 ",
		},
		"kubescape/networkneighborhood-example.yaml": {
			"TCP nowhere > nowhere flag at server final | with app=kubescape-ui namespace with name=kubescape:0 | in kubescape Deployment nginx with app=nginx:6379 ",
			"TCP nowhere > 123.5.2.3:5978 flag at client | in kubescape Deployment nginx with app=nginx:0 | nobody:5978 stripe.com",
		},
	} {
		text, err := os.ReadFile(folder + "/flows/" + name)
		if err != nil {
			t.Fatal(err)
		}
		r := readText(t, string(text), Options{})
		if diff := cmp.Diff(want, allWithPeers(r.flows)); diff != "" || r.sources[0].Skipped != 0 {
			t.Errorf("%s: %+v (-want +got):\n%s", name, r.sources[0], diff)
		}
	}
}
