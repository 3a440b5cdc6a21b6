package workload

import (
	"regexp"
	"slices"
	"strings"
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
	for _, form := range credentialForms {
		if slices.ContainsFunc(form.hints, func(hint string) bool { return strings.Contains(text, hint) }) {
			text = form.match.ReplaceAllString(text, "${1}"+Redacted+"${2}")
		}
	}
	if strings.Contains(text, "://") && strings.Contains(text, "@") {
		text = redactUser(text)
	}
	return redactNamed(text)
}

// credentialForm matches a credential between what may be shown before and behind it. No text
// has it that has none of the hints, which cost less to look for.
type credentialForm struct {
	match *regexp.Regexp
	hints []string
}

func form(match string, hints ...string) credentialForm {
	return credentialForm{regexp.MustCompile(match), hints}
}

var credentialForms = []credentialForm{
	form(`([A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"']*:)(?:[^/\s"'$<{]|\$[^({A-Z_])[^/\s"']*(@)`, "://"),
	// A slash in the password; digits before it are a port.
	form(`([A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"'\[\]]*:)\d*[^\d\s"'/@?#$<{][^\s"'/@?#]*/[^\s"'@?#]*(@)`, "://"),
	form(`(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?s:.*?)(-----END [A-Z ]*PRIVATE KEY-----|$)`, "-----BEGIN "),
	form(`()LS0tLS1CRUdJTiB(?:QUklW|SU0EgUF|FQyBQUk|PUEVOU1|FTkNSWV|EU0EgUF)[\w+/=-]*()`, "LS0tLS1CRUdJTiB"),
	form(`((?i:authorization)["']?\s*[:=]\s*["']?(?i:bearer|basic|token|digest) +)[^\s"',;$<{][^\s"',;]*()`, "uthorization", "UTHORIZATION"),
	form(`((?i:bearer|basic|token) +)[\w.~+/=-]{16,}()`, "earer ", "asic ", "oken ", "EARER ", "ASIC ", "OKEN "),
	form(`()\b(?:A[KS]IA[0-9A-Z]{16}|AIza[\w-]{35})()`, "AKIA", "ASIA", "AIza"),
	form(`()\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|npm_\w{30,}|hvs\.[\w-]{20,})()`, "gh", "glpat-", "npm_", "hvs."),
	form(`()\b(?:xox[abeprs]-[\w-]{10,}|[rs]k_(?:live|test)_\w{16,}|sk-(?:proj|ant|svcacct|admin)-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,})()`, "xox", "k_live_", "k_test_", "sk-", "SG."),
	form(`()\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*()`, "eyJ"),
	form(`(hooks\.slack\.com/(?:services|workflows|triggers)/)[\w/-]{8,}()`, "hooks.slack.com/"),
	form(`("auth"\s*:\s*")[A-Za-z0-9+/=-]{8,}(")`, `"auth"`),
}

// urlUser is the user of a URL, which may be a token.
var urlUser = regexp.MustCompile(`(://)([\w.~%+-]{16,})((?::[^/\s@"']*)?@)`)

// redactUser redacts users of URLs that are long and have digits, as tokens have.
func redactUser(text string) string {
	return urlUser.ReplaceAllStringFunc(text, func(match string) string {
		part := urlUser.FindStringSubmatch(match)
		if !strings.ContainsAny(part[2], "0123456789") {
			return match
		}
		return part[1] + Redacted + part[3]
	})
}

// valueName is a name before its value, as in "password=x", "token: x" and "\"secret\":\"x\"".
var valueName = regexp.MustCompile(`([A-Za-z][\w.-]*)["']?\s*[:=]\s*["']?`)

// redactNamed redacts the values behind names, up to the next white space or delimiter.
func redactNamed(text string) string {
	if !strings.ContainsAny(text, "=:") || !mayNameCredential(text) {
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
		if strings.Contains(name, Redacted) || kindOf(name) == noCredential {
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
