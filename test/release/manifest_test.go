package release_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// manifest is the part of a krew plugin manifest that is compared; krew's index.Plugin has all.
// https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
type manifest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string     `json:"version"`
		Homepage         string     `json:"homepage"`
		ShortDescription string     `json:"shortDescription"`
		Description      string     `json:"description"`
		Caveats          string     `json:"caveats"`
		Platforms        []platform `json:"platforms"`
	} `json:"spec"`
}

type platform struct {
	URI      string `json:"uri"`
	Sha256   string `json:"sha256"`
	Bin      string `json:"bin"`
	Selector struct {
		MatchLabels struct {
			OS   string `json:"os"`
			Arch string `json:"arch"`
		} `json:"matchLabels"`
	} `json:"selector"`
}

// name is such as linux/amd64.
func (p platform) name() string { return p.Selector.MatchLabels.OS + "/" + p.Selector.MatchLabels.Arch }

// programs are the platforms of a release, and the name of the program for each.
func programs() map[string]string {
	return map[string]string{
		"linux/amd64": "kubectl-harden", "linux/arm64": "kubectl-harden",
		"darwin/amd64": "kubectl-harden", "darwin/arm64": "kubectl-harden",
		"windows/amd64": "kubectl-harden.exe", "windows/arm64": "kubectl-harden.exe",
	}
}

func readManifest(t *testing.T, path string) manifest {
	t.Helper()
	var m manifest
	if err := yaml.UnmarshalStrict([]byte(read(t, path)), &m); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return m
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// withoutRelease leaves out what each release fills in.
func (m manifest) withoutRelease() manifest {
	m.Spec.Version = ""
	m.Spec.Platforms = nil
	return m
}

// TestManifestOfTheRepository holds krew/harden.yaml to what goreleaser is told to write.
func TestManifestOfTheRepository(t *testing.T) {
	root := testkit.ModuleRoot(t)
	got := readManifest(t, filepath.Join(root, "krew/harden.yaml"))
	var config struct {
		Krews []struct {
			Name             string `json:"name"`
			SkipUpload       bool   `json:"skip_upload"`
			Homepage         string `json:"homepage"`
			ShortDescription string `json:"short_description"`
			Description      string `json:"description"`
			Caveats          string `json:"caveats"`
		} `json:"krews"`
	}
	if err := yaml.Unmarshal([]byte(read(t, root, ".goreleaser.yaml")), &config); err != nil || len(config.Krews) != 1 || !config.Krews[0].SkipUpload {
		t.Fatalf(".goreleaser.yaml: %v, %+v", err, config)
	}
	want := manifest{APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin"}
	krew := config.Krews[0]
	want.Metadata.Name = krew.Name
	want.Spec.Homepage, want.Spec.ShortDescription, want.Spec.Description, want.Spec.Caveats = krew.Homepage, krew.ShortDescription, krew.Description, krew.Caveats
	if diff := cmp.Diff(want, got.withoutRelease()); diff != "" {
		t.Errorf("krew/harden.yaml is not what .goreleaser.yaml says (-want +got):\n%s", diff)
	}
	if n := len(krew.ShortDescription); n > 50 {
		t.Errorf("the short description has %d characters, and the krew index wants 50 at most", n)
	}
	for line := range strings.Lines(krew.Description + krew.Caveats) {
		if len(line) > 81 {
			t.Errorf("longer than 80 columns: %s", line)
		}
	}
	checkPlatforms(t, got, strings.TrimPrefix(got.Spec.Version, "v"), got.Spec.Version)
}

// checkPlatforms tells what is wrong with the platforms of a manifest: each one once, with the
// archive of its name in the release of the tag.
func checkPlatforms(t *testing.T, m manifest, version, tag string) {
	t.Helper()
	rest := programs()
	for _, p := range m.Spec.Platforms {
		if bin, known := rest[p.name()]; !known || p.Bin != bin {
			t.Errorf("%s with the program %s is unknown, or there twice", p.name(), p.Bin)
		}
		delete(rest, p.name())
		want := fmt.Sprintf("%s/%s/%s", downloads, tag, archiveName(version, p.name()))
		if p.URI != want {
			t.Errorf("%s: URI %s, want %s", p.name(), p.URI, want)
		}
	}
	if len(rest) > 0 {
		t.Errorf("no archive for %v", rest)
	}
}

// downloads is where the archives of releases are.
const downloads = "https://github.com/kubectl-harden/kubectl-harden/releases/download"

func archiveName(version, platform string) string {
	ending := "tar.gz"
	if strings.HasPrefix(platform, "windows/") {
		ending = "zip"
	}
	return fmt.Sprintf("kubectl-harden_v%s_%s.%s", version, strings.ReplaceAll(platform, "/", "_"), ending)
}

// TestReleaseIsADraft until it is checked and attested: the workflow makes it public at its end.
func TestReleaseIsADraft(t *testing.T) {
	root := testkit.ModuleRoot(t)
	var config struct {
		Release struct {
			Draft bool `json:"draft"`
		} `json:"release"`
	}
	if err := yaml.Unmarshal([]byte(read(t, root, ".goreleaser.yaml")), &config); err != nil || !config.Release.Draft {
		t.Errorf(".goreleaser.yaml: %v, %+v", err, config)
	}
	rest := read(t, root, ".github/workflows/release.yaml")
	for _, step := range []string{"args: release", "krew/verify.sh dist", "uses: actions/attest@", "gh release edit \"$GITHUB_REF_NAME\" --draft=false"} {
		_, after, found := strings.Cut(rest, step)
		if !found {
			t.Fatalf("release.yaml has no %q, or too early", step)
		}
		rest = after
	}
}

// TestWorkflowsAreFixed wants every action by its commit, with the version beside it, the newest
// patch of the Go of go.mod, and the goreleaser that the tests run.
func TestWorkflowsAreFixed(t *testing.T) {
	root := testkit.ModuleRoot(t)
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yaml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows: %q, %v", files, err)
	}
	minor := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, root, "go.mod"))[1]
	fixed := regexp.MustCompile(`uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for _, file := range files {
		text := read(t, file)
		if newest := strings.Count(text, "go-version: \""+minor+"\" ") - strings.Count(text, "actions/setup-go@"); newest != 0 || strings.Count(text, "check-latest: true") != strings.Count(text, "actions/setup-go@") {
			t.Errorf("%s does not build with the newest Go %s everywhere", filepath.Base(file), minor)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, "uses:") && !fixed.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s: %s", filepath.Base(file), line)
			}
		}
	}
	if !strings.Contains(read(t, root, ".github/workflows/release.yaml"), "version: "+goreleaserVersion+"\n") {
		t.Errorf("release.yaml does not release with goreleaser %s, which is tested", goreleaserVersion)
	}
}
