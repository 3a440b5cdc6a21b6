package api

import (
	"strings"
	"testing"
)

func TestAccountOf(t *testing.T) {
	for user, want := range map[string][2]string{
		"system:serviceaccount:n:s":                               {"n", "s"},
		"system:serviceaccount:kube-system:kube-proxy":            {"kube-system", "kube-proxy"},
		"system:serviceaccount:n:s.example.com":                   {"n", "s.example.com"},
		"system:serviceaccount:" + strings.Repeat("n", 63) + ":s": {strings.Repeat("n", 63), "s"},
		"system:serviceaccount:n:" + strings.Repeat("s", 253):     {"n", strings.Repeat("s", 253)},
		"":                                  {},
		"n:s":                               {},
		"system:serviceaccount":             {},
		"system:serviceaccount:":            {},
		"system:serviceaccount::":           {},
		"system:serviceaccount:n":           {},
		"system:serviceaccount:n:":          {},
		"system:serviceaccount::s":          {},
		"system:serviceaccount:n:s:t":       {},
		"system:serviceaccount:n:s\n":       {},
		"system:serviceaccount:N:s":         {},
		"system:serviceaccount:n:S":         {},
		"system:serviceaccount:n.m:s":       {},
		"system:serviceaccount:n:s_":        {},
		"system:serviceaccount:n:\x1b[31ms": {},
		"\u00a0system:serviceaccount:n:s":   {},
		"System:serviceaccount:n:s":         {},
		"system:serviceaccounts:n:s":        {},
		"x:system:serviceaccount:n:s":       {},
		"system:serviceaccount:" + strings.Repeat("n", 64) + ":s": {},
		"system:serviceaccount:n:" + strings.Repeat("s", 254):     {},
	} {
		namespace, name, ok := AccountOf(user)
		if got := [2]string{namespace, name}; got != want || ok != (want[0] != "") {
			t.Errorf("AccountOf(%q) = %q, %v, want %q", user, got, ok, want)
		}
	}
}

// FuzzAccountOf: a user name is that of an account just where it is the one made of what was read.
func FuzzAccountOf(f *testing.F) {
	f.Add("system:serviceaccount:n:s", "n", "s")
	f.Add("system:serviceaccount:n:s:t", "n", "s:t")
	f.Add("admin", "", "")
	f.Fuzz(func(t *testing.T, user, namespace, name string) {
		if ns, s, ok := AccountOf(user); ok && (AccountUser(ns, s) != user || ns == "" || s == "") {
			t.Errorf("%q is read as %q, %q", user, ns, s)
		} else if !ok && ns+s != "" {
			t.Errorf("%q is no account, but has %q, %q", user, ns, s)
		}
		if ns, s, ok := AccountOf(AccountUser(namespace, name)); ok && (ns != namespace || s != name) {
			t.Errorf("%q, %q become %q, %q", namespace, name, ns, s)
		}
	})
}
