package check

import (
	"strings"
	"testing"
)

func TestParseImage(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for ref, want := range map[string]image{
		"nginx":                               {"docker.io", "library/nginx", "", ""},
		"nginx:1.27":                          {"docker.io", "library/nginx", "1.27", ""},
		"bitnami/nginx":                       {"docker.io", "bitnami/nginx", "", ""},
		"docker.io/nginx":                     {"docker.io", "library/nginx", "", ""},
		"index.docker.io/library/nginx":       {"docker.io", "library/nginx", "", ""},
		"registry:5000/app":                   {"registry:5000", "app", "", ""},
		"registry:5000/app:1":                 {"registry:5000", "app", "1", ""},
		"registry:5000/app:1@" + digest:       {"registry:5000", "app", "1", digest},
		"localhost/app":                       {"localhost", "app", "", ""},
		"Registry.example.com/a/b:latest":     {"registry.example.com", "a/b", "latest", ""},
		"UPPER/app":                           {"upper", "app", "", ""},
		"[2001:db8::1]:5000/app":              {"[2001:db8::1]:5000", "app", "", ""},
		"registry.example.com/app@sha256:4be": {"registry.example.com", "app", "", "sha256:4be"},
		"":                                    {"docker.io", "library/", "", ""},
		"@":                                   {"docker.io", "library/", "", ""},
		":":                                   {"docker.io", "library/", "", ""},
	} {
		if got := parseImage(ref); got != want {
			t.Errorf("%q is %+v, want %+v", ref, got, want)
		}
	}
}

func TestValidDigest(t *testing.T) {
	for digest, want := range map[string]bool{
		"sha256:" + strings.Repeat("0", 64):  true,
		"sha384:" + strings.Repeat("f", 96):  true,
		"sha512:" + strings.Repeat("9", 128): true,
		"sha256:" + strings.Repeat("0", 63):  false,
		"sha256:" + strings.Repeat("A", 64):  false,
		"sha256:" + strings.Repeat("g", 64):  false,
		"md5:" + strings.Repeat("0", 32):     false,
		"sha256:":                            false,
		":":                                  false,
		"":                                   false,
	} {
		if got := validDigest(digest); got != want {
			t.Errorf("%q is valid: %v", digest, got)
		}
	}
}

func TestAllows(t *testing.T) {
	for _, tt := range []struct {
		entry, name string
		want        bool
	}{
		{"registry.example.com", "registry.example.com/a/b", true},
		{"registry.example.com/a", "registry.example.com/a/b", true},
		{"registry.example.com/a/", "registry.example.com/a", true},
		{"https://REGISTRY.example.com", "registry.example.com/a", true},
		{"registry.example.com/A", "registry.example.com/a", false},
		{"registry.example.com/a", "registry.example.com/ab", false},
		{"registry.example.com", "registry.example.com.evil.example/a", false},
		{"registry.example.com", "registry.example.com:5000/a", false},
		{"index.docker.io", "docker.io/library/nginx", true},
		{"", "docker.io/library/nginx", false},
		{"/", "docker.io/library/nginx", false},
	} {
		if got := allows(tt.entry, tt.name); got != tt.want {
			t.Errorf("%q allows %q: %v", tt.entry, tt.name, got)
		}
	}
}

func TestValidReference(t *testing.T) {
	for ref, want := range map[string]bool{
		"nginx": true, "registry:5000/a/b_c:1": true, "[2001:db8::1]:5000/app": true,
		"r.example.com/a:1@sha256:" + strings.Repeat("a", 64): true,
		"r.example.com/a/../b":                                false, "r.example.com//a": false, "r.example.com/a/": false, "r.example.com/a@x": false,
		"r.example.com/a:": false, "r.example.com/a:1:2": false, "r.example.com/a@evil.example/b": false, "": false, "a\n": false,
	} {
		if got := validReference(ref); got != want {
			t.Errorf("%q is valid: %v", ref, got)
		}
	}
}
