package workload

import (
	"strings"
	"testing"
)

func TestMissingConfig(t *testing.T) {
	type want struct {
		kind, name, key string
	}
	tests := map[string]want{
		`secret "x" not found`:                                {"Secret", "x", ""},
		`secrets "x" not found`:                               {"Secret", "x", ""},
		`configmap "y.z" not found`:                           {"ConfigMap", "y.z", ""},
		`configmaps "y" not found`:                            {"ConfigMap", "y", ""},
		`couldn't find key K_1 in Secret shop/x`:              {"Secret", "x", "K_1"},
		`couldn't find key k.yaml in ConfigMap shop/y`:        {"ConfigMap", "y", "k.yaml"},
		`pod "x" not found`:                                   {},
		`secret "" not found`:                                 {},
		`secret x not found`:                                  {},
		`secret "x`:                                           {},
		`secret "a b" not found`:                              {},
		"secret \"a\\x1b[2J\" not found":                      {},
		`couldn't find key  in Secret shop/x`:                 {},
		`couldn't find key K in Secret x`:                     {},
		`couldn't find key K in Pod shop/x`:                   {},
		`couldn't find key a b in c in Secret shop/x`:         {},
		`secret "` + strings.Repeat("x", 254) + `" not found`: {},
		"": {},
		"container has runAsNonRoot and image will run as root": {},
	}
	for message, w := range tests {
		ref, key, ok := MissingConfig(message)
		if ok != (w.kind != "") || ok && (ref != ConfigRef{w.kind, w.name} || key != w.key) {
			t.Errorf("%s: %v %q %v", message, ref, key, ok)
		}
	}
}

func TestClaimStem(t *testing.T) {
	for claim, want := range map[string]string{
		"data-web-0": "data-web-", "data-web-12": "data-web-", "data-web-01": "", "data-web": "", "data0": "", "7": "", "": "", "-7": "-",
	} {
		if got := ClaimStem(claim); got != want {
			t.Errorf("%s: %q, not %q", claim, got, want)
		}
	}
}
