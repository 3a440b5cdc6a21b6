package audit

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// TestFormatOrForeign has a beginning of everything that is known.
func TestFormatOrForeign(t *testing.T) {
	event := minimal(`,"requestURI":"/api"`)
	long := minimal(`,"requestObject":"` + strings.Repeat("x", 100<<10) + `"`)[:64<<10]
	quoted := strings.ReplaceAll(event, `"`, `\"`)
	for name, test := range map[string]struct{ head, want string }{
		"lines":           {event + "\n" + event, "audit events, JSON lines"},
		"lines of CRLF":   {source.ByteOrderMark + event + "\r\n" + event, "audit events, JSON lines"},
		"after others":    {"I1120 something {\"a\": \n" + event + "\n", "audit events, JSON lines"},
		"a long line":     {long, "audit events, JSON lines"},
		"pretty":          {strings.ReplaceAll(event, `,`, ",\n  "), "audit events, JSON documents"},
		"pretty and long": {strings.Replace(long, `,`, ",\n  ", 1), "audit events, JSON documents"},
		"joined":          {event + event, "audit events, JSON documents"},
		"list":            {`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[` + long, "audit EventList"},
		"empty list":      {`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}`, "audit EventList"},
		"core list":       {`{"items":[` + event + "\n]}", "audit EventList"},
		"array":           {"[\n" + event + ",\n" + event + "\n]", "audit EventList"},

		"empty":               {"", "empty"},
		"white space":         {" \r\n\n", "empty"},
		"EKS":                 {`{"events":[{"logStreamName":"s","message":"` + quoted, "an EKS log from CloudWatch"},
		"EKS, subscription":   {`{"messageType":"DATA_MESSAGE","logEvents":[{"id":"","message":"` + quoted + `"}]}`, "an EKS log from CloudWatch"},
		"GKE":                 {`{"insertId":"u","protoPayload":{"serviceName":"k8s.io"}}`, "a GKE log"},
		"AKS":                 {`{"records":[{"properties":{"log":"` + quoted, "an AKS log"},
		"AKS, a record":       {`{"category":"kube-audit","properties":{"log":"` + quoted, "an AKS log"},
		"AKS, Log Analytics":  {`{"log_s":"` + quoted + `"}`, "an AKS log"},
		"CRI":                 {"2026-01-01T00:00:00.0Z stdout F " + event + "\n", "a container log (CRI)"},
		"Docker":              {`{"log":"` + quoted + `\n","stream":"stdout","time":""}`, "a container log of Docker"},
		"legacy":              {`2026-01-01T00:00:00Z AUDIT: id="u" stage="ResponseComplete"` + "\n", "an audit log in the legacy text format"},
		"Rancher":             {`{"auditID":"u","requestURI":"/v3","user":{"name":"u"},"verb":"GET","stage":"RequestReceived","requestBody":{}}` + "\n", "an audit log of the Rancher API"},
		"Falco":               {`{"output":"o","priority":"Warning","rule":"r","time":"t","output_fields":{}}`, "alerts of Falco"},
		"Hubble":              {`{"flow":{"verdict":"DROPPED"},"node_name":"n"}`, "flows of Hubble"},
		"own":                 {`{"apiVersion":"kubectl-harden.dev/v1alpha1","kind":"Observations"}`, "a document of kubectl-harden"},
		"own, YAML":           {"apiVersion: kubectl-harden.dev/v1alpha1\nkind: Observations\n", "a document of kubectl-harden"},
		"manifest":            {"# a\napiVersion: v1\nkind: Pod\n", "Kubernetes objects"},
		"manifest, JSON":      {`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Event","metadata":{}}]}`, "Kubernetes objects"},
		"another log":         {`{"line":"` + quoted + `"}`, "audit events inside of another log"},
		"zip":                 {"PK\x03\x04abc", "a zip archive"},
		"tar":                 {strings.Repeat("\x00", 257) + "ustar\x0000", "a tar archive"},
		"UTF-16":              {"\xff\xfe{\x00", "UTF-16 text"},
		"text":                {"hello {world", ""},
		"other JSON":          {`{"a":1}`, ""},
		"an array of numbers": {`[1,2]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var claims []string
			for _, f := range formats() {
				if f.claims([]byte(test.head)) {
					claims = append(claims, f.name)
				}
			}
			if len(claims) > 1 {
				t.Fatalf("claimed as %q", claims)
			}
			got, ok := Format([]byte(test.head))
			if !ok {
				got = Recognize([]byte(test.head))
			}
			if got != test.want || ok != strings.HasPrefix(test.want, "audit E") && ok != strings.HasPrefix(test.want, "audit events, ") {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestFormatOfSamples is for a folder of logs in the wild, which AUDIT_SAMPLES names.
func TestFormatOfSamples(t *testing.T) {
	folder := os.Getenv("AUDIT_SAMPLES")
	if folder == "" {
		t.Skip("AUDIT_SAMPLES names no folder")
	}
	want := map[string]string{
		"audit/aks-eventhub.json": "an AKS log", "audit/cri-stdout-mixed.log": "a container log (CRI)",
		"audit/eks-filter-log-events.json": "an EKS log from CloudWatch", "audit/gke-storage-sink.jsonl": "a GKE log",
		"audit/minimal-risky-eks-audit.json": "an EKS log from CloudWatch", "audit/webhook-eventlist.json": "audit EventList",
		"audit/own/kube-apiserver-1.36-metadata.log.gz": "audit events, JSON lines",
		"flows/hubble/basic-sample-10-flows.json":       "flows of Hubble", "flows/hubble/policy-denied.2026.jsonl": "flows of Hubble",
		"flows/hubble/basic-sample-5-dns-flows.json": "flows of Hubble", "flows/hubble/basic-sample-5-http-flows.json": "flows of Hubble",
		"flows/hubble/tke-hubble-1.19.1-export.jsonl":      "flows of Hubble",
		"flows/kubescape/networkneighborhood-example.yaml": "Kubernetes objects", "flows/kubescape/nn-operator.json": "Kubernetes objects",
	}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files, err := source.Find(nil, path)
		if err != nil {
			return err
		}
		s, err := files[0].Open()
		if err != nil {
			return err
		}
		defer s.Close()
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		got, ok := Format(s.Head())
		if !ok {
			got = Recognize(s.Head())
		}
		if got != want[filepath.ToSlash(name)] {
			t.Errorf("%s: %q, want %q", name, got, want[name])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
