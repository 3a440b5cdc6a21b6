package cluster

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// trap counts what reaches the network or runs git: kustomize fetches with
// http.DefaultTransport and the git on PATH.
type trap struct {
	calls atomic.Int32
	// url is an address that answers.
	url string
}

// newTrap listens on loopback, sends all HTTP there and puts a git on PATH that leaves a mark.
func newTrap(t *testing.T) *trap {
	t.Helper()
	tr := &trap{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tr.calls.Add(1)
		_, _ = fmt.Fprintf(w, goodPod, "fetched")
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	tr.url = "http://" + listener.Addr().String()

	before := http.DefaultTransport
	http.DefaultTransport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		tr.calls.Add(1)
		return (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
	}}
	t.Cleanup(func() { http.DefaultTransport = before })

	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\necho run >> \"$0.ran\"\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Cleanup(func() {
		if ran, err := os.ReadFile(filepath.Join(bin, "git.ran")); err == nil {
			t.Errorf("git ran: %q", ran)
		}
		if n := tr.calls.Load(); n > 0 {
			t.Errorf("the network was called %d times", n)
		}
	})
	return tr
}

func loadKustomization(t *testing.T, folder string) ([]Object, []string) {
	t.Helper()
	objects, problems, err := Load(t.Context(), LoadOptions{Kustomize: folder})
	if err != nil {
		t.Fatal(err)
	}
	return objects, printed(problems)
}

func TestKustomize(t *testing.T) {
	newTrap(t)
	root := writeFiles(t, map[string]string{
		"base/kustomization.yaml": "resources: [pod.yaml, list.json]\n",
		"base/pod.yaml":           fmt.Sprintf(goodPod, "a") + "spec:\n  containers:\n  - {name: a, image: a, securityContext: {privileged: true}}\n",
		"base/list.json":          `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "s"}}]}`,
		"over/kustomization.yml": "namePrefix: x-\nnamespace: shop\nresources: [../base]\ncommonAnnotations: {docs: 'https://example.test/docs'}\n" +
			"configMapGenerator:\n- name: c\n  literals: ['u=https://example.test']\ngeneratorOptions: {disableNameSuffixHash: true}\n" +
			"transformers:\n- labels.yaml\n- more\n- |\n  apiVersion: builtin\n  kind: AnnotationsTransformer\n  metadata: {name: i}\n" +
			"  annotations: {home: 'https://example.test'}\n  fieldSpecs: [{path: metadata/annotations, create: true}]\n",
		"over/labels.yaml":             "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\nlabels: {team: shop}\nfieldSpecs: [{path: metadata/labels, create: true}]\n",
		"over/more/Kustomization":      "resources: [suffix.yaml]\n",
		"over/more/suffix.yaml":        "apiVersion: builtin\nkind: SuffixTransformer\nmetadata: {name: s}\nsuffix: -y\nfieldSpecs: [{path: metadata/name}]\n",
		"over/more/unused/ignored.yml": "a: b\n",
	})
	objects, problems := loadKustomization(t, filepath.Join(root, "over"))
	if diff := cmp.Diff([]string{}, problems); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{"ServiceAccount/x-s-y", "ConfigMap/x-c-y", "Pod/x-a-y"}, names(t, objects)); diff != "" {
		t.Error(diff)
	}
	for _, o := range objects {
		if o.Source.File != filepath.Join(root, "over") || o.Source.Line != 0 || o.Source.LineOf != nil {
			t.Errorf("%+v", o.Source)
		}
	}
}

// remoteSpellings are paths that kustomize would clone or download, or looks like it.
func remoteSpellings(tr *trap) []string {
	return []string{
		"github.com/org/repo", "github.com/org/repo//sub?ref=main", "GitHub.com/org/repo", "github.com:org/repo.git",
		"git@github.com:org/repo.git", "git@host.test:org/repo", "user@host.test/org/repo", "org-1@host.test:a/b",
		"git::https://host.test/org/repo", "GIT::github.com/org/repo", "git::git@host.test:org/repo", "git::ssh://host.test/a/b",
		"ssh://host.test/org/repo", "SSH://git@host.test/org/repo", "ssh://git@host.test:22/org/repo.git", "file:///srv/repo",
		"file://srv/repo.git//sub", "FILE://x/y", "https://host.test/org/repo", "https://host.test/org/repo.git//sub?ref=v1&timeout=90s",
		"HTTPS://host.test/a/b", "http://host.test/a.yaml", "HtTp://host.test/a.yaml", tr.url + "/a.yaml", tr.url + "/org/repo",
		"https://user:pass@dev.host.test/org/project/_git/repo", "gh:org/repo", "s3::https://host.test/a", "oci://host.test/a",
		"git://host.test/org/repo", "host.test/path?ref=main", "host.test/path?submodules=0&version=v1", "http:host/a",
	}
}

func TestKustomizeRefusesRemotePaths(t *testing.T) {
	tr := newTrap(t)
	fields := map[string]string{
		"resources": "resources: [%s]\n", "RESOURCES": "RESOURCES: [%s]\n", "bases": "bases: [%s]\n", "components": "components: [%s]\n",
		"crds": "crds: [%s]\nresources: [pod.yaml]\n", "configurations": "configurations: [%s]\nresources: [pod.yaml]\n",
		"generators": "generators: [%s]\n", "transformers": "transformers: [%s]\nresources: [pod.yaml]\n",
		"validators": "validators: [%s]\nresources: [pod.yaml]\n", "patches": "patches: [{path: %s}]\nresources: [pod.yaml]\n",
		"patchesStrategicMerge": "patchesStrategicMerge: [%s]\nresources: [pod.yaml]\n",
		"patchesJson6902":       "patchesJson6902: [{path: %s, target: {version: v1, kind: Pod, name: a}}]\nresources: [pod.yaml]\n",
		"replacements":          "replacements: [{path: %s}]\nresources: [pod.yaml]\n", "openapi": "openapi: {path: %s}\nresources: [pod.yaml]\n",
		"configMapGenerator": "configMapGenerator: [{name: c, files: [%s]}]\n", "secretGenerator": "secretGenerator: [{name: c, files: [%s]}]\n",
		"envs": "configMapGenerator: [{name: c, envs: [%s]}]\n", "env": "secretGenerator: [{name: c, env: %s}]\n",
	}
	for name, field := range fields {
		for _, path := range remoteSpellings(tr) {
			// The kustomization at fault is the base of a base.
			root := writeFiles(t, map[string]string{
				"kustomization.yaml":     "resources: [a]\n",
				"a/kustomization.yaml":   "resources: [b]\n",
				"a/b/kustomization.yaml": fmt.Sprintf(field, "'"+path+"'"),
				"a/b/pod.yaml":           fmt.Sprintf(goodPod, "a"),
			})
			objects, problems := loadKustomization(t, root)
			want := []string{fmt.Sprintf("%s: %q: remote kustomizations are refused: kubectl-harden talks to API servers alone; download it first",
				filepath.Join(root, "a", "b", "kustomization.yaml"), withoutCredentials(path))}
			if diff := cmp.Diff(want, problems); diff != "" || len(objects) > 0 {
				t.Errorf("%s: %s (%d objects)", name, diff, len(objects))
			}
		}
	}
	for _, path := range remoteSpellings(tr) {
		if _, _, err := Load(t.Context(), LoadOptions{Kustomize: path}); err == nil || !strings.Contains(err.Error(), "are refused") {
			t.Errorf("-k %s: %v", path, err)
		}
	}
}

// TestKustomizePrefersNoRemote has folders of the very names that kustomize would clone.
func TestKustomizePrefersNoRemote(t *testing.T) {
	newTrap(t)
	root := writeFiles(t, map[string]string{
		"kustomization.yaml":                     "resources: [github.com/org/repo]\n",
		"github.com/org/repo/kustomization.yaml": "resources: [pod.yaml]\n",
		"github.com/org/repo/pod.yaml":           fmt.Sprintf(goodPod, "a"),
	})
	if objects, problems := loadKustomization(t, root); len(objects) > 0 || len(problems) != 1 || !strings.Contains(problems[0], "are refused") {
		t.Error(problems)
	}
	t.Chdir(root)
	if objects, problems := loadKustomization(t, "./github.com/org/repo"); len(objects) != 1 {
		t.Error(problems)
	}
}

// TestKustomizeRefusesRemoteSettings hides URLs in the settings of builtin plugins.
func TestKustomizeRefusesRemoteSettings(t *testing.T) {
	tr := newTrap(t)
	const head = "apiVersion: builtin\nkind: %s\nmetadata: {name: x}\n"
	patch := fmt.Sprintf(head, "PatchTransformer")
	tests := map[string]map[string]string{
		"file":            {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": patch + "path: " + tr.url + "/p.yaml\n"},
		"any case":        {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": patch + "PATH: " + tr.url + "/p.yaml\n"},
		"escaped":         {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": patch + `path: "` + strings.ReplaceAll(tr.url, ":", `\x3a`) + "\"\n"},
		"base64":          {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": patch + "path: !!binary aHR0cDovLzEyNy4wLjAuMTo5L3A=\n"},
		"alias":           {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": patch + "annotations: {a: &u " + tr.url + "/p}\npath: *u\n"},
		"second document": {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": fmt.Sprintf(head, "PrefixTransformer") + "prefix: a\n---\n" + patch + "path: " + tr.url + "/p\n"},
		"inline":          {"kustomization.yaml": "transformers:\n- |\n  " + strings.ReplaceAll(patch+"path: "+tr.url+"/p", "\n", "\n  ") + "\n"},
		"generator":       {"kustomization.yaml": "generators: [t.yaml]\n", "t.yaml": fmt.Sprintf(head, "ConfigMapGenerator") + "name: c\nfiles: ['k=" + tr.url + "/p']\n"},
		"envs":            {"kustomization.yaml": "generators: [t.yaml]\n", "t.yaml": fmt.Sprintf(head, "SecretGenerator") + "name: c\nenvs: ['" + tr.url + "/p']\n"},
		"validator":       {"kustomization.yaml": "validators: [t.yaml]\n", "t.yaml": fmt.Sprintf(head, "ReplacementTransformer") + "replacements: [{path: " + tr.url + "/p}]\n"},
		"value":           {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": fmt.Sprintf(head, "ValueAddTransformer") + "value: a\ntargetFilePath: " + tr.url + "/p\n"},
		"folder":          {"kustomization.yaml": "transformers: [f]\n", "f/kustomization.yaml": "resources: [t.yaml]\n", "f/t.yaml": patch + "path: " + tr.url + "/p\n"},
		"base of folder":  {"kustomization.yaml": "transformers: [f]\n", "f/kustomization.yaml": "resources: [../g]\n", "g/kustomization.yaml": "resources: [t.yaml]\n", "g/t.yaml": patch + "path: " + tr.url + "/p\n"},
		"list":            {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, path: '" + tr.url + "/p'}\n"},
		"component":       {"kustomization.yaml": "components: [f]\n", "f/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: '" + tr.url + "/p'}]\n"},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			files["pod.yaml"] = fmt.Sprintf(goodPod, "a")
			files["kustomization.yaml"] += "resources: [pod.yaml]\n"
			objects, problems := loadKustomization(t, writeFiles(t, files))
			if len(objects) > 0 || len(problems) != 1 || !strings.Contains(problems[0], "remote kustomizations are refused") {
				t.Error(len(objects), problems)
			}
		})
	}
}

func TestKustomizeBadInput(t *testing.T) {
	newTrap(t)
	pod := fmt.Sprintf(goodPod, "a")
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"no kustomization": {map[string]string{"pod.yaml": pod}, "holds no kustomization.yaml"},
		"two":              {map[string]string{"kustomization.yaml": "a", "Kustomization": "b"}, "has both kustomization.yaml and Kustomization"},
		"no YAML":          {map[string]string{"kustomization.yaml": "a: b: c"}, "mapping values are not allowed"},
		"unknown field":    {map[string]string{"kustomization.yaml": "resource: [a]"}, `unknown field "resource"`},
		"missing resource": {map[string]string{"kustomization.yaml": "resources: [a.yaml]"}, "a.yaml"},
		"missing base":     {map[string]string{"kustomization.yaml": "resources: [a]", "a/x.yaml": pod}, "a: holds no kustomization.yaml"},
		"cycle":            {map[string]string{"kustomization.yaml": "resources: [a]", "a/kustomization.yaml": "resources: [..]"}, "cycle detected"},
		"outside":          {map[string]string{"kustomization.yaml": "resources: [a]", "a/kustomization.yaml": "resources: [../pod.yaml]", "pod.yaml": pod}, "is not in or below"},
		"helm": {map[string]string{"kustomization.yaml": "helmCharts: [{name: a, repo: 'https://host.test'}]"},
			"helm charts are refused"},
		"helm in generators": {map[string]string{"kustomization.yaml": "generators: [g.yaml]", "g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\nname: a\n"},
			"must specify --enable-helm"},
		"exec plugin": {map[string]string{"kustomization.yaml": "generators: [g.yaml]", "g.yaml": "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./run}'}}\n"},
			"external plugins disabled"},
		"made plugins": {map[string]string{"kustomization.yaml": "transformers: [t]", "t/kustomization.yaml": "resources: [p.yaml]\npatches: [{target: {kind: PatchTransformer}, patch: '[{op: add, path: /path, value: x}]'}]", "t/p.yaml": pod},
			"they must not be made by others"},
		"empty CRD":  {map[string]string{"kustomization.yaml": "crds: [c.yaml]\nresources: [pod.yaml]", "c.yaml": "", "pod.yaml": pod}, "build kustomization"},
		"alias bomb": {map[string]string{"kustomization.yaml": "resources: [pod.yaml]", "pod.yaml": pod + billionLaughs(12)}, "aliases expand to over 4 MB"},
		"settings bomb": {map[string]string{"kustomization.yaml": "transformers: [t.yaml]", "t.yaml": pod + billionLaughs(12)},
			"aliases expand to over 4 MB"},
		"file": {map[string]string{"kustomization.yaml/x": ""}, "kustomization.yaml"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, problems := loadKustomization(t, writeFiles(t, tt.files))
			if len(objects) > 0 || len(problems) != 1 || !strings.Contains(problems[0], tt.want) {
				t.Errorf("%d objects, %q", len(objects), problems)
			}
		})
	}
	if _, problems := loadKustomization(t, filepath.Join(t.TempDir(), "none")); len(problems) != 1 || !strings.Contains(problems[0], "no such folder") {
		t.Error(problems)
	}
}

// TestKustomizeKeepsSecrets plants a secret wherever kustomize repeats its input in errors.
func TestKustomizeKeepsSecrets(t *testing.T) {
	newTrap(t)
	const secret = "planted-5ecret"
	tests := map[string]map[string]string{
		"literal":  {"kustomization.yaml": "secretGenerator: [{name: s, literals: [a=" + secret + ", b" + secret + "]}]"},
		"no name":  {"kustomization.yaml": "secretGenerator: [{literals: ['a=" + secret + "`x']}]"},
		"bad env":  {"kustomization.yaml": "secretGenerator: [{name: s, env: e}]", "e": "a=\xff" + secret + "\n"},
		"patch":    {"kustomization.yaml": "patches: [{patch: 'a: " + secret + "'}]\nresources: []"},
		"both":     {"kustomization.yaml": "patches: [{path: a, patch: 'a: " + secret + "'}]"},
		"user":     {"kustomization.yaml": "resources: ['https://" + secret + "@host.test/a']"},
		"password": {"kustomization.yaml": "resources: ['https://a:" + secret + "@host.test/a']"},
		"query":    {"kustomization.yaml": "resources: ['https://host.test/a?token=" + secret + "']"},
		"resource": {"kustomization.yaml": "resources: [a.yaml]", "a.yaml": "apiVersion: v1\nkind: Secret\nstringData: {a: " + secret + "}\n"},
		"broken":   {"kustomization.yaml": "resources: [a.yaml]", "a.yaml": "apiVersion: v1\nkind: Secret\nstringData: {a: " + secret + "\n"},
		"type":     {"kustomization.yaml": "resources: [a.yaml]", "a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: " + secret + "}\n"},
	}
	for name, files := range tests {
		objects, problems := loadKustomization(t, writeFiles(t, files))
		if len(objects) > 0 || len(problems) != 1 || strings.Contains(problems[0], secret) {
			t.Errorf("%s: %d objects, %q", name, len(objects), problems)
		}
	}
	if _, _, err := Load(t.Context(), LoadOptions{Filenames: []string{"https://a:" + secret + "@host.test/a?x=" + secret}}); err == nil || strings.Contains(err.Error(), secret) {
		t.Error(err)
	}
}

func TestIsRemoteLeavesLocalPaths(t *testing.T) {
	for _, path := range []string{
		"base", "./base", "../base", "/srv/base", "/srv/github.com/org/repo", "./github.com/org/repo", "a/b.git/c", "pod.yaml",
		"github.community/a", "a?b", "C:", "@a", "1@host/a/b", "over//lay", "https", "a/git@b:c", "",
	} {
		if isRemote(path) {
			t.Errorf("%q is refused", path)
		}
	}
}
