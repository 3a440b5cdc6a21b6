package exposure

import "strings"

// intersect gives the names for which both sides are; an empty list stands for any on either
// side and in the answer. It tells whether there are any.
func intersect(a, b []string) ([]string, bool) {
	a, b = anyAsNone(a), anyAsNone(b)
	switch {
	case len(a) == 0:
		return sorted(b), true
	case len(b) == 0:
		return sorted(a), true
	}
	var out []string
	for _, x := range a {
		for _, y := range b {
			if host, ok := narrower(x, y); ok {
				out = append(out, host)
			}
		}
	}
	return sorted(out), len(out) > 0
}

func anyAsNone(hosts []string) []string {
	for _, h := range hosts {
		if h == "" || h == "*" {
			return nil
		}
	}
	return hosts
}

// narrower is the one of two names that the other holds for; a wildcard holds for any number
// of labels.
func narrower(a, b string) (string, bool) {
	a, b = strings.ToLower(a), strings.ToLower(b)
	switch {
	case a == b || within(a, b):
		return a, true
	case within(b, a):
		return b, true
	}
	return "", false
}

func within(host, wildcard string) bool {
	suffix, wild := strings.CutPrefix(wildcard, "*")
	return wild && len(host) > len(suffix) && strings.HasSuffix(host, suffix)
}
