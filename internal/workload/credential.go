package workload

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Redacted stands in place of a credential. What holds it is credential-like, so that a
// redacted object is judged as the object was.
const Redacted = "REDACTED-CREDENTIAL"

// CredentialLike tells a literal that looks like a credential, by the name that it is set
// under (of a variable, flag, header or key) or by itself.
func CredentialLike(name, value string) bool {
	return strings.Contains(value, Redacted) || RedactValue(name, value) != value
}

// RedactValue puts Redacted in place of the credentials in the value of a name. It changes
// nothing where there are none, and nothing when it is called again.
func RedactValue(name, value string) string {
	if isCredential(name, value) {
		return Redacted
	}
	return RedactText(value)
}

// RedactText puts Redacted in place of what looks like a credential by itself: the password
// of a URL, a well-known form of token, a private key, and the value behind a name such as
// "password=" within the text.
func RedactText(text string) string {
	if strings.ContainsAny(text, ":-_. ") || strings.Contains(text, "IA") || strings.Contains(text, "AIza") {
		for _, form := range credentialForms {
			text = form.ReplaceAllString(text, "${1}"+Redacted+"${2}")
		}
	}
	return redactNamed(text)
}

// credentialForms match a credential between what may be shown before and behind it.
var credentialForms = []*regexp.Regexp{
	regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"']*:)(?:[^/\s"'$<{]|\$[^({A-Z_])[^/\s"']*(@)`),
	regexp.MustCompile(`(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?s:.*?)(-----END [A-Z ]*PRIVATE KEY-----|$)`),
	regexp.MustCompile(`((?i:bearer|basic|token) +)[\w.~+/=-]{16,}()`),
	regexp.MustCompile(`()\b(?:A[KS]IA[0-9A-Z]{16}|AIza[\w-]{35})()`),
	regexp.MustCompile(`()\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,}|sk_live_\w{16,}|npm_\w{30,}|hvs\.[\w-]{20,})()`),
	regexp.MustCompile(`()\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*()`),
}

// valueName is a name before its value, as in "password=x", "token: x" and "\"secret\":\"x\"".
var valueName = regexp.MustCompile(`([A-Za-z][\w.-]*)["']?\s*[:=]\s*["']?`)

// redactNamed redacts the values behind names, up to the next white space or delimiter.
func redactNamed(text string) string {
	if !strings.ContainsAny(text, "=:") {
		return text
	}
	var b strings.Builder
	done, at := 0, 0
	for {
		found := valueName.FindStringSubmatchIndex(text[at:])
		if found == nil {
			break
		}
		name, start := text[at+found[2]:at+found[3]], at+found[1]
		at = start
		if !credentialWords(nameWords(name)) {
			continue
		}
		end := len(text)
		if n := strings.IndexAny(text[start:], " \t\r\n\f\"',;&"); n >= 0 {
			end = start + n
		}
		if isCredential(name, text[start:end]) {
			b.WriteString(text[done:start] + Redacted)
			done, at = end, end
		}
	}
	return b.String() + text[done:]
}

// RedactWords redacts a command with its arguments: the values of flags in both forms, and
// within a word what a shell would run.
func RedactWords(words []string) []string {
	out := make([]string, len(words))
	flag := ""
	for i, word := range words {
		out[i] = redactWord(flag, word)
		flag = flagName(word)
	}
	return out
}

// shellWord is a word of a command line, with its quotes.
var shellWord = regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s"'])+|["']`)

// redactWord redacts a word behind a flag, or behind any other word.
func redactWord(flag, word string) string {
	isValue := flag != "" && !strings.HasPrefix(word, "-")
	text := strings.Trim(word, `"'`)
	switch {
	case isValue && isCredential(flag, text):
		return strings.Replace(word, text, Redacted, 1)
	case isValue && (flag == "u" || flag == "user"):
		if user, password, found := strings.Cut(text, ":"); found && !harmlessValue(password) {
			return strings.Replace(word, text, user+":"+Redacted, 1)
		}
	}
	if !strings.ContainsAny(word, " \t\n") {
		return RedactText(word)
	}
	var b strings.Builder
	flag, end := "", 0
	for _, at := range shellWord.FindAllStringIndex(word, -1) {
		b.WriteString(word[end:at[0]])
		inner := word[at[0]:at[1]]
		if inner == word {
			return RedactText(word)
		}
		b.WriteString(redactWord(flag, inner))
		flag, end = flagName(inner), at[1]
	}
	b.WriteString(word[end:])
	return RedactText(b.String())
}

// flagName is the name of a flag whose value is the next word.
func flagName(word string) string {
	if !strings.HasPrefix(word, "-") || strings.ContainsAny(word, "= ") {
		return ""
	}
	return strings.TrimLeft(word, "-")
}

// isCredential tells a value that its name says is a credential.
func isCredential(name, value string) bool {
	words := nameWords(name)
	if !credentialWords(words) {
		return false
	}
	digits := strings.Trim(value, "0123456789") == ""
	return !harmlessValue(value) && (!digits || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "pass") || w == "pwd" }))
}

// harmlessValue tells what stands in for a value: nothing, a switch, a mask, a path or the
// name of a file, or a reference to a variable or to an entry of a store.
func harmlessValue(value string) bool {
	lower := strings.ToLower(value)
	switch lower {
	case "", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "enabled", "disabled":
		return true
	}
	return len(value) > 2 && strings.Trim(lower, "*x.#? ") == "" || referenceValue.MatchString(value)
}

// referenceValue matches a path, a file, a variable, a place to fill in, and where stores keep
// a credential.
var referenceValue = regexp.MustCompile(`^[/$]|\$\(|\$\{|\{\{|^<.*>$|^\[.*\]$|^(?:file|vault|arn|env|op|sm|secretref):|^ref\+\w+:|^ENC[(\[]|^projects/` +
	`|^[\w.-]+\.(?:pem|key|crt|cer|json|ya?ml|txt|jks|p12|pfx|conf|properties)$`)

// credentialWords tells the name of a credential from one of a file, an address or a setting
// of it.
func credentialWords(words []string) bool {
	if len(words) == 0 || slices.Contains(aboutCredentials, words[len(words)-1]) {
		return false
	}
	last := len(words) - 1
	if last > 0 && slices.Contains(notCredentials[words[last]], words[last-1]) || slices.Contains(words, "public") {
		return false
	}
	before := ""
	for i, word := range words {
		switch word {
		case "password", "passwords", "passwd", "passphrase", "pass", "pwd", "pgpassword", "dbpassword",
			"secret", "secrets", "token", "tokens", "credential", "credentials", "authorization",
			"apikey", "accesskey", "secretkey", "privatekey", "authkey", "apitoken", "accesstoken", "authtoken":
			return true
		case "cookie":
			return i == len(words)-1
		case "key", "keys":
			if slices.Contains(keysOfCredentials, before) {
				return true
			}
		}
		before = word
	}
	return false
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

// keysOfCredentials come before "key" in the name of a credential.
var keysOfCredentials = []string{"api", "access", "secret", "private", "encryption", "signing", "auth", "master", "account", "shared"}

// aboutCredentials are last words of names that hold no credential themselves.
var aboutCredentials = []string{
	"file", "files", "path", "dir", "directory", "name", "names", "ref", "url", "uri", "endpoint", "host", "address", "domain",
	"ttl", "expiry", "expiration", "expires", "timeout", "seconds", "interval", "age", "lifetime", "duration",
	"length", "size", "count", "limit", "min", "max", "enabled", "disabled", "enable", "disable", "required", "rotation",
	"type", "kind", "policy", "mode", "method", "provider", "issuer", "audience", "algorithm", "id", "header", "prefix",
	"version", "namespace", "prompt", "hint", "label", "field", "pattern", "regex", "claim", "scope", "scopes", "realm", "format",
	"validity", "user", "username", "role", "port", "server", "service", "template", "location", "region", "arn", "backend",
	"retries", "attempts", "selector", "image", "hours", "minutes", "days", "period", "cert", "crt", "ca", "store", "class", "mount", "volume", "review", "reviews", "controller", "manager",
}

// nameWords splits a name at what is no letter or digit, and where a capital letter begins.
func nameWords(name string) []string {
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
