package podsecurity

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestNewest keeps the newest version known in step with go.mod.
func TestNewest(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", "k8s.io/pod-security-admission").Output()
	if err != nil {
		t.Fatal(err)
	}
	newest := Newest()
	if want := fmt.Sprintf("v0.%d.", newest.Minor()); !strings.HasPrefix(string(out), want) {
		t.Errorf("newest is %s, go.mod has %s", newest.String(), strings.TrimSpace(string(out)))
	}
}

func TestNewClampsToNewest(t *testing.T) {
	newest := Newest()
	for _, v := range []psapi.Version{psapi.LatestVersion(), psapi.MajorMinorVersion(1, newest.Minor()+1), newest} {
		if got := New(v).Version(); got != newest {
			t.Errorf("New(%s) judges by %s, want %s", v.String(), got.String(), newest.String())
		}
	}
	if got := New(psapi.MajorMinorVersion(1, 30)).Version(); got != psapi.MajorMinorVersion(1, 30) {
		t.Errorf("New(v1.30) judges by %s", got.String())
	}
}

// TestVersions: a control is judged as its version has it, or not at all.
func TestVersions(t *testing.T) {
	probe := corev1.PodSpec{Containers: []corev1.Container{{LivenessProbe: &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Host: "h"}},
	}}}}
	sysctl := corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{
		Sysctls: []corev1.Sysctl{{Name: "net.ipv4.tcp_rmem"}},
	}}
	hostUsers, nobody := false, int64(0)
	userns := corev1.PodSpec{HostUsers: &hostUsers, SecurityContext: &corev1.PodSecurityContext{RunAsUser: &nobody}}
	for _, tt := range []struct {
		control Control
		spec    corev1.PodSpec
		minor   int
		broken  bool
		level   api.Level
	}{
		{"hostProbesAndHostLifecycle", probe, 33, false, ""},
		{"hostProbesAndHostLifecycle", probe, 34, true, api.LevelBaseline},
		{"sysctls", sysctl, 31, true, api.LevelBaseline},
		{"sysctls", sysctl, 32, false, api.LevelBaseline},
		{"runAsUser", userns, 34, true, api.LevelRestricted},
		{"runAsUser", userns, 35, false, api.LevelRestricted},
		{"noSuchControl", userns, 37, false, ""},
	} {
		e := New(psapi.MajorMinorVersion(1, tt.minor))
		if got := e.Breaks(tt.control, &metav1.ObjectMeta{}, &tt.spec); got != tt.broken {
			t.Errorf("%s at 1.%d broken: %v, want %v", tt.control, tt.minor, got, tt.broken)
		}
		if got := e.LevelOf(tt.control); got != tt.level {
			t.Errorf("level of %s at 1.%d is %q, want %q", tt.control, tt.minor, got, tt.level)
		}
		failed := slices.ContainsFunc(e.Failures(&metav1.ObjectMeta{}, &tt.spec), func(f Failure) bool { return f.Control == tt.control })
		if failed != tt.broken {
			t.Errorf("%s at 1.%d among the failures: %v, want %v", tt.control, tt.minor, failed, tt.broken)
		}
	}
}

func TestLevel(t *testing.T) {
	restricted, baseline := Failure{Level: api.LevelRestricted}, Failure{Level: api.LevelBaseline}
	for _, tt := range []struct {
		failures []Failure
		want     api.Level
	}{
		{nil, api.LevelRestricted},
		{[]Failure{restricted}, api.LevelBaseline},
		{[]Failure{restricted, baseline}, api.LevelPrivileged},
		{[]Failure{baseline, restricted}, api.LevelPrivileged},
	} {
		if got := Level(tt.failures); got != tt.want {
			t.Errorf("Level(%v) = %s, want %s", tt.failures, got, tt.want)
		}
	}
}

// TestFailuresAreSorted: a baseline control stands for itself beside the restricted one that
// covers it.
func TestFailuresAreSorted(t *testing.T) {
	spec := corev1.PodSpec{HostPID: true, Volumes: []corev1.Volume{{
		Name: "v", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}},
	}}}
	var got []string
	for _, f := range New(Newest()).Failures(&metav1.ObjectMeta{}, &spec) {
		if f.Detail == "" {
			t.Errorf("%s has no detail", f.Control)
		}
		got = append(got, string(f.Control)+" "+string(f.Level))
	}
	want := []string{"hostNamespaces baseline", "hostPathVolumes baseline", "restrictedVolumes restricted"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		text, level, version, err string
		found                     bool
	}{
		{text: "restricted", level: "restricted"},
		{text: "baseline@v1.30", level: "baseline", version: "v1.30", found: true},
		{text: "privileged@latest", level: "privileged", version: "latest", found: true},
		{text: "", err: `pod security level "" is none of privileged, baseline, restricted`},
		{text: "Restricted", err: "is none of"},
		{text: "restricted@", err: `pod security version "" is neither latest nor of the form v1.36`},
		{text: "restricted@1.30", err: "is neither latest nor of the form"},
		{text: "restricted@v1.30@v1.31", err: "is neither latest nor of the form"},
		{text: "restricted@v1.99", err: "pod security version v1.99 is newer than"},
	} {
		level, version, found, err := Parse(tt.text)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("Parse(%q): error %v, want %q", tt.text, err, tt.err)
			}
			continue
		}
		if err != nil || string(level) != tt.level || found != tt.found || found && version.String() != tt.version {
			t.Errorf("Parse(%q) = %s, %s, %v, %v", tt.text, level, version.String(), found, err)
		}
	}
}
