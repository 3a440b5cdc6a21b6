package workload

import (
	"slices"
	"strings"
	"unicode"
)

// credentialKind is what a name says of its value.
type credentialKind int

const (
	noCredential credentialKind = iota
	// aCredential such as a key or a token.
	aCredential
	// aPassword may be anything, digits too.
	aPassword
	// aFile is a credential or the name of the file with it: PRIVATE_KEY, CREDENTIALS.
	aFile
	// anObject is a credential or the name of a Secret with it: CONFIG_SECRET.
	anObject
	// aMode is a header, or how to authorize: AUTHORIZATION.
	aMode
)

// mayNameCredential tells whether a credential's name may be in a text; it is cheap.
func mayNameCredential(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc([]string{"pass", "pw", "secret", "token", "cred", "auth", "key", "cookie"},
		func(hint string) bool { return strings.Contains(lower, hint) })
}

// kindOf tells the name of a credential from one of a file, an address or a setting of it.
func kindOf(name string) credentialKind {
	if !mayNameCredential(name) {
		return noCredential
	}
	words := nameWords(name)
	if len(words) == 0 || slices.Contains(words, "public") {
		return noCredential
	}
	last, before := words[len(words)-1], ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}
	singular := strings.TrimSuffix(last, "s")
	switch {
	case last == "id" && before == "secret" && len(words) > 2 && slices.Contains([]string{"vault", "role", "approle"}, words[len(words)-3]),
		last == "config" && before == "auth" && slices.Contains(words, "docker"), last == "dockerconfigjson":
		return aCredential
	case slices.Contains(aboutCredentials, last) || slices.Contains(aboutCredentials, singular),
		slices.Contains(notCredentials[singular], before):
		return noCredential
	}
	kind := noCredential
	for i, word := range words {
		before := ""
		if i > 0 {
			before = words[i-1]
		}
		if k := wordKind(word, before, i == len(words)-1); k != noCredential && (kind == noCredential || k == aPassword) {
			kind = k
		}
	}
	return kind
}

// wordKind is what one word of a name says, the last or not, behind another.
func wordKind(word, before string, last bool) credentialKind {
	switch singular := strings.TrimSuffix(word, "s"); singular {
	case "pas", "pwd", "pw":
		return aPassword
	case "token":
		return aCredential
	case "authorization":
		return aMode
	case "credential":
		return aFile
	case "secret":
		// Plurals are lists of objects; programs have secrets of their own.
		if last && (word == "secrets" || before != "" && !slices.Contains(secretsOfPrograms, before)) {
			return anObject
		}
		return aCredential
	case "cookie":
		if last && slices.Contains([]string{"", "erlang", "release", "node"}, before) {
			return aCredential
		}
	case "auth":
		if last && slices.Contains([]string{"redis", "rediscli", "basic", "npm"}, before) {
			return aCredential
		}
	case "key":
		if before == "private" {
			return aFile
		}
		if slices.Contains(keysOfCredentials, before) {
			return aCredential
		}
	default:
		return gluedKind(singular)
	}
	return noCredential
}

// gluedKind is what a word says whose end is a word of its own: DBPASS, MYSQLPASSWORD.
func gluedKind(word string) credentialKind {
	ends := func(end string) bool { return strings.HasSuffix(word, end) }
	switch {
	case slices.Contains([]string{"bypas", "compas", "surpas", "trespas", "overpas", "underpas", "encompas"}, word):
		return noCredential
	case slices.ContainsFunc([]string{"pas", "password", "passwd", "passphrase", "pwd"}, ends):
		return aPassword
	case ends("privatekey"):
		return aFile
	case slices.ContainsFunc([]string{"secret", "apikey", "accesskey", "secretkey", "authkey", "apitoken", "accesstoken", "authtoken"}, ends):
		return aCredential
	}
	return noCredential
}

// notCredentials are words that, before a last word, make it the name of an object, or another
// thing altogether: TLS_SECRET, DB_PASSWORD_SECRET, EOS_TOKEN.
var notCredentials = map[string][]string{
	"secret": {
		"tls", "ssl", "pull", "password", "credential", "credentials", "cert", "certificate", "ca", "registry", "image",
		"docker", "kube", "kubernetes", "existing",
	},
	"token": {"eos", "bos", "pad", "unk", "mask", "sep", "cls", "stop", "max", "min", "per", "next", "page", "continue"},
}

// secretsOfPrograms come before "secret" where it is no object of Kubernetes.
var secretsOfPrograms = []string{
	"client", "jwt", "app", "session", "webhook", "api", "auth", "oauth", "nextauth", "cookie", "hmac", "signing",
	"shared", "consumer", "encryption", "token", "access", "admin", "user", "root", "my", "the",
}

// keysOfCredentials come before "key" in the name of a credential.
var keysOfCredentials = []string{
	"api", "access", "secret", "encryption", "signing", "auth", "master", "account", "shared",
	"app", "application", "jwt", "hmac", "aes", "license", "licence",
}

// aboutCredentials are last words of names that hold no credential themselves.
var aboutCredentials = []string{
	"file", "path", "dir", "directory", "name", "ref", "url", "uri", "endpoint", "host", "address", "addr", "hostname", "domain",
	"ttl", "expiry", "expiration", "expires", "timeout", "second", "interval", "age", "lifetime", "lifespan", "duration", "time", "in",
	"length", "size", "count", "limit", "min", "max", "enabled", "disabled", "enable", "disable", "required", "rotation",
	"type", "kind", "policy", "mode", "method", "provider", "issuer", "audience", "algorithm", "alg", "algo", "id", "header", "prefix",
	"version", "namespace", "prompt", "hint", "label", "field", "pattern", "regex", "claim", "scope", "realm", "format",
	"validity", "user", "username", "role", "port", "server", "service", "template", "location", "region", "arn", "backend",
	"retries", "attempt", "selector", "image", "hour", "minute", "day", "period", "cert", "crt", "ca", "store", "class",
	"mount", "volume", "review", "controller", "manager", "source", "profile", "encoder", "encoding", "hasher", "strength",
	"complexity", "generator", "validator", "validation",
}

// nameWords are those of a name without the digits at their ends.
func nameWords(name string) []string {
	words := NameWords(name)
	for i, word := range words {
		words[i] = strings.TrimRight(word, "0123456789")
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "" })
}

// NameWords splits a name at what is no letter or digit, and where a capital letter begins, in
// lower case.
func NameWords(name string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
		case unicode.IsUpper(r) && lower:
			end()
			word.WriteRune(unicode.ToLower(r))
		default:
			word.WriteRune(unicode.ToLower(r))
		}
		lower = unicode.IsLower(r)
	}
	end()
	return words
}
