package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// longestToken is how many seconds a projected token may be valid without a finding.
const longestToken = 86400

// TokenAudienceTTL finds tokens that live long, or are for somebody else than the API server.
func TokenAudienceTTL() Check {
	// The suffix is that of k8s.io/apimachinery/pkg/util/rand, which has no vowels.
	legacy := regexp.MustCompile(`^(.+)-token-[bcdfghjklmnpqrstvwxz2456789]{5}$`)
	return Check{
		ID:        "token-audience-ttl",
		Title:     "Token lives long or is for another audience",
		Severity:  api.SeverityLow,
		Standards: []string{"cis-1.12:5.1.6", "owasp-2025:K01", "attack:T1528"},
		Doc: "A stolen token works until it expires. Low where a projected token is valid for over a " +
			"day, and where a Secret of the old kind, a token that never expires, is mounted or in an " +
			"environment variable: derived from its name, NAME-token-xxxxx, unless the account lists " +
			"it. Info where a token has an audience of its own: it does not open the API server but " +
			"what takes that audience. The token that admission adds is not judged; by its default the " +
			"API server extends it to a year for clients that do not read it again.",
		Fix:      "expirationSeconds of at most 86400; a projected token in place of a token Secret",
		MayBreak: "programs that read their token only once",
		Eval: func(s Subject) []Violation {
			return append(projectedViolations(s), secretTokens(s, legacy)...)
		},
	}
}

func projectedViolations(s Subject) []Violation {
	var out []Violation
	for t := range projectedTokens(s) {
		v := Violation{Key: "volume:" + t.volume + "/" + t.Path}
		switch long := t.ExpirationSeconds != nil && *t.ExpirationSeconds > longestToken; {
		case long:
			v.Path, v.Got = t.path+".expirationSeconds", fmt.Sprint(*t.ExpirationSeconds)
			v.Want = fmt.Sprintf("at most %d", longestToken)
			v.Message = fmt.Sprintf("the token in volume %s is valid for %s", t.volume, validity(*t.ExpirationSeconds))
			if !t.forAPIServer() {
				v.Message += ", for audience " + t.Audience
			}
		case !t.forAPIServer():
			v.Path, v.Got, v.Want = t.path+".audience", t.Audience, "an audience that is known"
			v.Severity, v.Derived = api.SeverityInfo, true
			v.Message = fmt.Sprintf("the token in volume %s is for audience %s, by default not the API server, whose audiences are server flags", t.volume, t.Audience)
			v.Fix = "nothing to mend where the audience is known"
		default:
			continue
		}
		out = append(out, v)
	}
	return out
}

// validity in days where they come out even.
func validity(seconds int64) string {
	const day = 24 * 60 * 60
	if seconds%day == 0 {
		return fmt.Sprintf("%dd", seconds/day)
	}
	return strings.TrimSuffix(strings.TrimSuffix((time.Duration(seconds)*time.Second).String(), "0s"), "0m")
}

// secretTokens finds Secrets that by their name are tokens of the old kind, each once.
func secretTokens(s Subject, legacy *regexp.Regexp) []Violation {
	var out []Violation
	seen := map[string]bool{}
	add := func(c workload.Container, secret, path, where string) {
		if seen[secret] || !legacy.MatchString(secret) {
			return
		}
		seen[secret] = true
		out = append(out, Violation{
			Container: c, Path: path, Got: secret, Want: "a projected token", Key: "secret:" + secret,
			Derived: !listsSecret(s, secret),
			Message: fmt.Sprintf("Secret %s in %s is by its name a token that does not expire", secret, where),
		})
	}
	for i, v := range s.Spec.Volumes {
		if v.Secret != nil {
			add(workload.Container{}, v.Secret.SecretName, s.Join(fmt.Sprintf("spec.volumes[%d].secret.secretName", i)), "volume "+v.Name)
		}
		if v.Projected == nil {
			continue
		}
		for j, source := range v.Projected.Sources {
			if source.Secret != nil {
				add(workload.Container{}, source.Secret.Name, s.Join(fmt.Sprintf("spec.volumes[%d].projected.sources[%d].secret.name", i, j)), "volume "+v.Name)
			}
		}
	}
	for c := range s.Containers() {
		for i, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				add(c, e.ValueFrom.SecretKeyRef.Name, c.Field(fmt.Sprintf("env[%d].valueFrom.secretKeyRef.name", i)), e.Name)
			}
		}
		for i, from := range c.EnvFrom {
			if from.SecretRef != nil {
				add(c, from.SecretRef.Name, c.Field(fmt.Sprintf("envFrom[%d].secretRef.name", i)), "envFrom")
			}
		}
	}
	return out
}

// listsSecret tells whether the account lists the Secret among its own.
func listsSecret(s Subject, name string) bool {
	account := s.Context.ServiceAccounts[accountOf(s)]
	return account.Fact == workload.FactYes &&
		slices.ContainsFunc(account.Value.Secrets, func(r corev1.ObjectReference) bool { return r.Name == name })
}
