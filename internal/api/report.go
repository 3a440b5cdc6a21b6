// Package api holds the documents that kubectl-harden reads and writes, in version
// kubectl-harden.dev/v1alpha1, and nothing that reads or judges anything.
package api

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Version is the apiVersion of every document of this package.
const Version = "kubectl-harden.dev/v1alpha1"

// KindReport is the kind of a Report.
const KindReport = "Report"

// Report is the posture of a set of workloads. One Report, filtered once, feeds every output.
type Report struct {
	metav1.TypeMeta `json:",inline"`
	// Server is the version of the API server that was asked (such as "v1.36.3"), empty when none was.
	Server string `json:"server"`
	// Scope is what was asked for.
	Scope Scope `json:"scope"`
	// Checks are the IDs of the checks that were reported, sorted.
	Checks []string `json:"checks,omitempty"`
	// Narrowed says in words which findings were left out, such as "severity high".
	Narrowed []string `json:"narrowed,omitempty"`
	// Summary counts what stands in Items.
	Summary Summary `json:"summary"`
	// Items has one entry per workload, sorted by namespace, kind and name.
	Items []Item `json:"items"`
	// Namespaces are those of the items, as far as they are known, sorted by name.
	Namespaces []Namespace `json:"namespaces"`
	// Pages are those of objects that are no workloads, sorted by type, namespace and name.
	Pages []Page `json:"pages"`
	// Unknown lists what could not be read.
	Unknown []Unread `json:"unknown"`
}

// NewReport returns an empty Report with its type set.
func NewReport() *Report {
	return &Report{
		TypeMeta:   metav1.TypeMeta{APIVersion: Version, Kind: KindReport},
		Scope:      Scope{Namespaces: []string{}, Files: []string{}, Targets: []string{}},
		Items:      []Item{},
		Namespaces: []Namespace{},
		Pages:      []Page{},
		Unknown:    []Unread{},
	}
}

// DeepCopyObject makes a Report printable by the printers of k8s.io/cli-runtime.
func (r *Report) DeepCopyObject() runtime.Object {
	data, err := json.Marshal(r)
	if err != nil {
		panic("api: a Report has only plain fields: " + err.Error())
	}
	out := &Report{}
	if err := json.Unmarshal(data, out); err != nil {
		panic("api: a Report reads what it wrote: " + err.Error())
	}
	return out
}

// Namespace is what is found of a namespace as a whole. Summary does not count it.
type Namespace struct {
	Name string `json:"name"`
	// PodSecurity are the pod-security.kubernetes.io labels by what stands behind the slash:
	// enforce, enforce-version, warn, …
	PodSecurity map[string]string `json:"podSecurity"`
	Findings    []Finding         `json:"findings"`
	// Notes are about the namespace's own annotations.
	Notes []string `json:"notes"`
}

// Scope is what a Report was asked for.
type Scope struct {
	// Namespaces are the namespaces looked at; empty with files and with AllNamespaces.
	Namespaces []string `json:"namespaces"`
	// AllNamespaces is set by -A.
	AllNamespaces bool `json:"allNamespaces,omitempty"`
	// Selector is the label selector of -l.
	Selector string `json:"selector,omitempty"`
	// Excluded are namespaces left out.
	Excluded []string `json:"excluded,omitempty"`
	// Targets are the TYPE/NAME arguments.
	Targets []string `json:"targets"`
	// Files are the -f and -k arguments.
	Files []string `json:"files"`
}

// Summary counts workloads and their findings. Failing findings are counted by severity;
// Unknown and Accepted count the findings of that status, whatever their severity.
type Summary struct {
	Workloads int `json:"workloads"`
	Counts    `json:",inline"`
}

// Counts are numbers of findings.
type Counts struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
	Unknown  int `json:"unknown"`
	Accepted int `json:"accepted"`
}

// Count adds up findings.
func Count(findings []Finding) Counts {
	var c Counts
	for _, f := range findings {
		switch {
		case f.Status == StatusUnknown:
			c.Unknown++
		case f.Status == StatusAccepted:
			c.Accepted++
		case f.Status == StatusPass:
		case f.Severity == SeverityCritical:
			c.Critical++
		case f.Severity == SeverityHigh:
			c.High++
		case f.Severity == SeverityMedium:
			c.Medium++
		case f.Severity == SeverityLow:
			c.Low++
		case f.Severity == SeverityInfo:
			c.Info++
		}
	}
	return c
}

// Add returns the sum of two counts.
func (c Counts) Add(o Counts) Counts {
	return Counts{
		Critical: c.Critical + o.Critical, High: c.High + o.High, Medium: c.Medium + o.Medium,
		Low: c.Low + o.Low, Info: c.Info + o.Info,
		Unknown: c.Unknown + o.Unknown, Accepted: c.Accepted + o.Accepted,
	}
}

// Unread is one read that failed, for which findings are unknown.
type Unread struct {
	// What names the thing in words, such as "kubelet configuration".
	What string `json:"what"`
	// Verb, Group and Resource are the right that the read needs. Resource carries the
	// object's name where one object was asked for, as in "configmaps/kubelet-config".
	Verb     string `json:"verb"`
	Group    string `json:"group"`
	Resource string `json:"resource"`
	// Namespace is empty for a cluster-wide read.
	Namespace string `json:"namespace"`
	// Reason says why it failed: "forbidden", "timed out", "server error 500", …
	Reason string `json:"reason"`
	// Hides tells that workloads, pods or templates may be missing from the report for it.
	Hides bool `json:"hides,omitempty"`
}
