package check

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// SecretInEnv finds Secrets that containers get as environment variables.
func SecretInEnv() Check {
	return Check{
		ID:        "secret-in-env",
		Title:     "Secret is in an environment variable",
		Severity:  api.SeverityLow,
		Standards: []string{"cis-1.12:5.4.1", "owasp-2025:K03", "attack:T1552"},
		Doc: "An environment variable is inherited by every child process, shows in /proc/PID/environ, " +
			"in crash reports and debug pages, and keeps its value until the container restarts. A " +
			"file of a Secret volume does none of that, and follows the Secret. Looked at are " +
			"secretKeyRef and envFrom of every container; Secrets themselves are not read. One " +
			"finding per container and Secret.",
		Fix:      "mount the Secret as a volume and let the program read the file",
		MayBreak: "programs that take the value from their environment alone",
		Eval: eachContainer(api.SeverityLow, func(_ Subject, c workload.Container) []Violation {
			var out []Violation
			for _, u := range secretUses(c) {
				out = append(out, Violation{
					Path: u.path, Got: "Secret " + u.secret, Want: "a mounted file",
					Key: "secret:" + u.secret, Message: u.words(),
				})
			}
			return out
		}),
	}
}

// secretUse is a Secret with the variables that a container gets from it.
type secretUse struct {
	secret, path    string
	variables, keys []string
	// whole tells that envFrom makes a variable of every key, with the prefix.
	whole  bool
	prefix string
}

// secretUses in the order of the container's fields.
func secretUses(c workload.Container) []*secretUse {
	var out []*secretUse
	index := map[string]*secretUse{}
	use := func(secret, path string) *secretUse {
		if index[secret] == nil {
			index[secret] = &secretUse{secret: secret, path: path}
			out = append(out, index[secret])
		}
		return index[secret]
	}
	for i, e := range c.Env {
		if e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil {
			continue
		}
		u := use(e.ValueFrom.SecretKeyRef.Name, c.Field(fmt.Sprintf("env[%d].valueFrom.secretKeyRef", i)))
		u.variables, u.keys = append(u.variables, e.Name), append(u.keys, e.ValueFrom.SecretKeyRef.Key)
	}
	for i, from := range c.EnvFrom {
		if from.SecretRef != nil {
			u := use(from.SecretRef.Name, c.Field(fmt.Sprintf("envFrom[%d].secretRef", i)))
			u.whole, u.prefix = true, from.Prefix
		}
	}
	return out
}

func (u *secretUse) words() string {
	switch {
	case u.whole && u.prefix != "":
		return fmt.Sprintf("every key of Secret %s, prefixed %s", u.secret, u.prefix)
	case u.whole:
		return "every key of Secret " + u.secret
	case len(u.keys) == 1:
		return fmt.Sprintf("%s (key %s of Secret %s)", u.variables[0], u.keys[0], u.secret)
	default:
		return fmt.Sprintf("%s (keys %s of Secret %s)", workload.SomeOf(u.variables), workload.SomeOf(u.keys), u.secret)
	}
}
