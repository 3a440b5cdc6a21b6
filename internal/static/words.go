package static

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// stance is what a name says of its value.
type stance int

const (
	// stanceNone says nothing.
	stanceNone stance = iota
	// stanceMaybe may name hosts: what is no Service is none.
	stanceMaybe
	// stanceHost names hosts.
	stanceHost
	// stanceInside is read by others, such as browsers: names outside are not called by who has it.
	stanceInside
	// stanceNever is not called at all: where to listen, who may come.
	stanceNever
)

// nameWords are those of a name, without the numbers at its end.
func nameWords(name string) []string {
	words := workload.NameWords(name)
	for len(words) > 1 && strings.Trim(words[len(words)-1], "0123456789") == "" {
		words = words[:len(words)-1]
	}
	return words
}

// stanceOf judges the words of a name.
func stanceOf(words []string) stance {
	if len(words) == 0 {
		return stanceNone
	}
	words = withoutRole(words)
	last := strings.TrimRight(words[len(words)-1], "0123456789")
	has := func(word string) bool { return slices.Contains(words, word) }
	together := func(a, b string) bool {
		at := slices.Index(words, a)
		return at >= 0 && at+1 < len(words) && words[at+1] == b
	}
	switch {
	case slices.ContainsFunc(words, neverCalled), neverLast(last), len(words) == 1 && last == "schema", together("no", "proxy"), together("non", "proxy"),
		together("redirect", "uri"), together("redirect", "url"), together("dd", "service"):
		return stanceNever
	case has("public"), together("external", "url"), together("virtual", "host"), last == "domain", last == "domains", last == "hostname" && len(words) == 1:
		return stanceInside
	case namesHost(last), len(words) > 1 && last == "name" && words[len(words)-2] == "host", together("contact", "points"), together("data", "source"):
		return stanceHost
	case len(words) > 1 && mayNameHost(last), last == "nodes":
		return stanceMaybe
	}
	return stanceNone
}

// withoutRole takes from behind a word for hosts what tells one host from another: DB_HOST_RO,
// REDIS_URL_PRIMARY.
func withoutRole(words []string) []string {
	n := len(words)
	if n > 1 && isRole(words[n-1]) && namesHost(strings.TrimRight(words[n-2], "0123456789")) {
		return words[:n-1]
	}
	return words
}

func isRole(word string) bool {
	return slices.Contains([]string{
		"ro", "rw", "primary", "secondary", "replica", "replicas", "reader", "writer", "read", "write", "readonly", "master", "slave", "leader", "follower", "main", "standby", "internal",
	}, word)
}

// mayNameHost tells a last word behind others that may say a value is a Service, or what a program
// calls itself.
func mayNameHost(word string) bool {
	return slices.Contains([]string{"node", "nodes", "service", "services", "svc", "backend", "backends"}, word)
}

// neverCalled tells words, anywhere in a name, that say its value is not called: where a program
// listens itself, who may call it, and names that only look like addresses.
func neverCalled(word string) bool {
	return slices.Contains([]string{
		"listen", "listener", "listeners", "listening", "bind", "bindings", "advertise", "advertised", "cors", "origin", "origins", "allow", "allowed", "allowlist",
		"whitelist", "trusted", "noproxy", "nonproxyhosts", "xmlns", "schemalocation", "runbook",
	}, word)
}

// neverLast tells last words of names whose value is not called.
func neverLast(word string) bool {
	return slices.Contains([]string{
		"image", "images", "cookie", "cookies", "redirect", "redirects", "audience", "audiences", "aud", "license", "documentation", "docs", "homepage",
		"comment", "description", "link", "links", "icon", "logo", "user", "username", "password", "email",
	}, word)
}

// neverBelow tells a key of a file below which nothing is called.
func neverBelow(words []string) bool {
	return slices.ContainsFunc(words, neverCalled) || len(words) == 1 && (words[0] == "image" || words[0] == "images")
}

// namesHost tells a last word that says a value is a host, or ends so: DB_HOST, PGHOST, redisAddr.
func namesHost(word string) bool {
	if slices.Contains([]string{
		"host", "hosts", "hostname", "hostnames", "addr", "addrs", "address", "addresses", "server", "servers", "endpoint", "endpoints", "url", "urls", "uri", "uris",
		"broker", "brokers", "bootstrap", "upstream", "upstreams", "seed", "seeds", "peer", "peers", "sentinel", "sentinels", "fqdn", "dsn", "datasource",
	}, word) {
		return true
	}
	return slices.ContainsFunc([]string{"host", "hosts", "hostname", "addr", "endpoint"}, func(end string) bool {
		return strings.HasSuffix(word, end) && word != "localhost" && word != "ghost"
	})
}

// portNames are the names, as their words, that the port of a host may stand under.
func portNames(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	var out []string
	if shorter := withoutRole(words); len(shorter) < len(words) {
		role := words[len(words)-1]
		stem := strings.Join(shorter[:len(shorter)-1], " ")
		out = append(out, strings.TrimSpace(stem+" port "+role), strings.TrimSpace(stem+" "+role+" port"))
		words = shorter
	}
	last := words[len(words)-1]
	stem := words[:len(words)-1]
	add := func(stem []string) {
		for _, tail := range []string{"port", "service port", "tcp port", "port value", "port number", "portnumber"} {
			out = append(out, strings.TrimSpace(strings.Join(stem, " ")+" "+tail))
		}
	}
	if last == "name" && len(stem) > 0 { // as in host name
		stem = stem[:len(stem)-1]
	}
	switch {
	case mayNameHost(last):
		add(words)
		add(stem)
	case !namesHost(last) && last != "name":
		add(words)
	default:
		for _, end := range []string{"hostname", "hosts", "host", "addr"} {
			if glued, ok := strings.CutSuffix(last, end); ok && glued != "" {
				out = append(out, strings.TrimSpace(strings.Join(stem, " ")+" "+glued+"port"))
				break
			}
		}
		add(stem)
		if len(stem) > 0 && stem[len(stem)-1] == "service" {
			add(stem[:len(stem)-1])
		}
	}
	return out
}
