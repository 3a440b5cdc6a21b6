package workload

import (
	"regexp"
	"strings"
)

// isCredential tells a value that its name says is a credential.
func isCredential(name, value string) bool {
	kind := kindOf(name)
	if kind == noCredential || harmlessValue(value) {
		return false
	}
	switch kind {
	case aPassword:
		// The shell keeps its directory in PWD.
		return value[0] != '/' || !strings.EqualFold(name, "pwd") && !strings.EqualFold(name, "oldpwd")
	case aFile:
		return !fileValue.MatchString(value) && !isCount(value)
	case anObject:
		return !objectName(value)
	case aMode:
		return !modeValue.MatchString(value)
	default:
		return !isCount(value)
	}
}

// isCount tells a number that is too short for a key.
func isCount(value string) bool {
	return len(value) < 8 && strings.Trim(value, "0123456789") == ""
}

// harmlessValue tells what stands in for a value: nothing, a switch, a mask, a path, an
// address, or a reference to a variable or to an entry of a store.
func harmlessValue(value string) bool {
	lower := strings.ToLower(value)
	switch lower {
	case "", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "enabled", "disabled":
		return true
	}
	if len(value) > 2 && strings.Trim(lower, "*x.#? ") == "" {
		return true
	}
	return strings.ContainsAny(value, "/${<[(") && (pathValue.MatchString(value) || referenceValue.MatchString(value)) ||
		strings.HasPrefix(value, "arn:aws")
}

var (
	// pathValue matches a path: of two slashes, or below a known root.
	pathValue = regexp.MustCompile(`^(?:~|\.\.?)?/[\w.@:-]+/[\w.@:/-]*$|^/(?:etc|var|run|mnt|secrets|tls|opt)/`)

	// referenceValue matches a variable of Kubernetes or a shell, a place to fill in, an
	// address, and where stores keep a credential.
	referenceValue = regexp.MustCompile(`^\$[({]|\$\([^)]+\)|\$\{[^}]+\}|^\$(?:[A-Z_][A-Z0-9_]*|[a-z_]+|[0-9@*#?])$|^\{\{|\{\{.*\}\}|^<.*>$` +
		`|^[A-Za-z][\w+.-]*://|^(?:file:/|vault:\S*/)|^ENC[(\[]|^projects/.*/secrets/`)

	fileValue = regexp.MustCompile(`^[\w.-]+\.(?:pem|key|crt|cer|json|ya?ml|txt|jks|p12|pfx|conf|properties)$`)
	modeValue = regexp.MustCompile(`^[A-Za-z][A-Za-z,_-]{0,23}$`)
	nameValue = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$`)
)

// objectName tells what looks like the name of an object of Kubernetes, and not like chance.
func objectName(value string) bool {
	digits, run := 0, 0
	for _, r := range value {
		run++
		switch {
		case r == '-' || r == '.':
			run = 0
		case r >= '0' && r <= '9':
			digits++
		}
		if run > 24 {
			return false
		}
	}
	return digits < 6 && len(value) <= 63 && nameValue.MatchString(value)
}
