package check

import (
	"strings"
	"testing"
)

func TestRegistryEntry(t *testing.T) {
	tests := map[string]string{
		"registry.example.com":              "",
		"registry.example.com/":             "",
		"REGISTRY.example.com:5000/a/b":     "",
		"https://registry.example.com":      "",
		"localhost":                         "",
		"localhost:5000":                    "",
		"docker.io/library":                 "",
		"index.docker.io/library/nginx":     "",
		"[::1]:5000/a":                      "",
		"":                                  "is empty; write a host",
		" ":                                 "is empty",
		"/":                                 "is empty",
		"https://":                          "is empty",
		"http://registry.example.com":       "begins with a scheme; write registry.example.com",
		"oci://registry.example.com/a":      "begins with a scheme; write registry.example.com/a",
		"*":                                 "leave registries out to allow every one",
		"*.example.com":                     "is no pattern",
		"registry.example.com/*":            "is no pattern",
		"nginx":                             "names no host, so no image is of it; write docker.io/library/nginx if",
		"shop/web":                          "write docker.io/shop/web if",
		"registry.example.com/Shop":         "upper-case letters, which no image has; write registry.example.com/shop",
		"registry.example.com/shop/web:1.2": "tag or digest, which none can have; write registry.example.com/shop/web",
		"registry.example.com/a b":          "is not valid; write a host",
		"registry.example.com//a":           "is not valid",
		"registry example.com":              "is not valid",
	}
	for entry, want := range tests {
		err := RegistryEntry(entry)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", entry, err, want)
		}
	}
}
