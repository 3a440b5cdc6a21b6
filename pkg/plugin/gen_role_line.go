package plugin

import "strings"

// line is the command that makes the same roles again.
func (o *observedOptions) line() string {
	f := o.flags
	words := append([]string{"gen", "role"}, o.args...)
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"user", f.users},
		{"group", f.groups},
		{"serviceaccount", f.accounts},
		{"namespace", []string{*o.config.Namespace}},
		{"context", []string{*o.config.Context}},
		{"selector", []string{f.input.selector}},
		{"filename", f.input.filenames},
		{"kustomize", []string{f.input.kustomize}},
		{"from", f.source.from},
		{"since", []string{f.source.since}},
		{"until", []string{f.source.until}},
		{"now", []string{f.source.now}},
		{"widen", []string{strings.Join(f.widen, ",")}},
	} {
		for _, value := range flag.values {
			if value != "" {
				words = append(words, "--"+flag.name, value)
			}
		}
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"all-namespaces", f.input.allNamespaces},
		{"recursive", f.input.recursive},
		{"local", f.input.local},
		{"exact", f.exact},
		{"include-denied", f.denied},
		{"bind", f.bind},
	} {
		if flag.set {
			words = append(words, "--"+flag.name)
		}
	}
	for i, word := range words {
		words[i] = shellQuote(word)
	}
	return o.process.displayName() + " " + strings.Join(words, " ")
}
