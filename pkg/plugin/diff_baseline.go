package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/render"

	psapi "k8s.io/pod-security-admission/api"
)

// baselineKind is what stands before the colon of --baseline, or the word.
type baselineKind string

// Kinds of baselines.
const (
	baselineFile     baselineKind = "file"
	baselineLive     baselineKind = "live"
	baselineApplied  baselineKind = "last-applied"
	baselineTemplate baselineKind = "template"
	baselineRevision baselineKind = "revision"
	baselineContext  baselineKind = "context"
	baselinePSS      baselineKind = "pss"
)

func baselineWords() []string {
	return []string{string(baselineLive), string(baselineApplied), string(baselineTemplate)}
}

func baselinePrefixes() []string {
	return []string{string(baselineContext), string(baselinePSS), string(baselineRevision)}
}

// baseline is what --baseline says.
type baseline struct {
	kind baselineKind
	// value is the file, or what stands behind the colon.
	value    string
	revision int64
	level    api.Level
	version  psapi.Version
}

var (
	errNoBaseline = errors.New("--baseline is missing: a file, last-applied, template, revision:-1, context:NAME or pss:restricted; files of -f need none")
	errLiveAlone  = errors.New("--baseline live is what -f is compared with; a live object takes another baseline, such as revision:-1")
)

// parseBaseline cuts a value at its first colon. A path may have one behind its first folder.
func parseBaseline(text string, files bool) (baseline, error) {
	switch {
	case text == "" && files:
		return baseline{kind: baselineLive}, nil
	case text == "":
		return baseline{}, errNoBaseline
	}
	prefix, value, found := strings.Cut(text, ":")
	switch {
	case slices.Contains(baselineWords(), prefix) && found:
		return baseline{}, fmt.Errorf("--baseline %s takes nothing behind a colon; a file of that name is %q", prefix, "./"+text)
	case slices.Contains(baselineWords(), text):
		return baseline{kind: baselineKind(text)}, nil
	case !found && slices.Contains(baselinePrefixes(), text):
		return baseline{}, fmt.Errorf("--baseline %s needs a value: %s; a file of that name is ./%s", text, baselineExample(text), text)
	case !found, strings.ContainsAny(prefix, `/\`), len(prefix) == 1:
		return baseline{kind: baselineFile, value: text}, nil
	case !slices.Contains(baselinePrefixes(), prefix):
		return baseline{}, fmt.Errorf("--baseline: %w; a file of that name is %q", unknownWord("baseline", prefix, append(baselineWords(), baselinePrefixes()...)), "./"+text)
	case value == "":
		return baseline{}, fmt.Errorf("--baseline %s needs a value: %s", text, baselineExample(prefix))
	}
	b := baseline{kind: baselineKind(prefix), value: value}
	return b, b.parseValue()
}

func baselineExample(prefix string) string {
	return map[string]string{"context": "context:NAME", "pss": "pss:restricted", "revision": "revision:-1"}[prefix]
}

func (b *baseline) parseValue() error {
	var err error
	switch b.kind {
	case baselineRevision:
		b.revision, err = strconv.ParseInt(b.value, 10, 64)
		if err != nil || b.revision == 0 {
			return fmt.Errorf("--baseline revision:%s: %q is no revision; -1 is the one before the present, 3 the third", render.Printable(b.value), b.value)
		}
	case baselinePSS:
		level, version, found, err := podsecurity.Parse(b.value)
		if err != nil {
			return fmt.Errorf("--baseline pss: %w", err)
		}
		if b.level = level; found {
			b.version = version
		}
	}
	return nil
}

// parseNamespaceMap reads THERE=HERE.
func parseNamespaceMap(pairs []string) (map[string]string, error) {
	names := map[string]string{}
	here := map[string]bool{}
	for _, pair := range pairs {
		from, to, found := strings.Cut(pair, "=")
		if !found {
			return nil, fmt.Errorf("--namespace-map %q is not of the form THERE=HERE", pair)
		}
		for _, name := range []string{from, to} {
			if len(validation.IsDNS1123Label(name)) > 0 {
				return nil, fmt.Errorf("--namespace-map %q: %q is no name of a namespace", pair, name)
			}
		}
		if _, twice := names[from]; twice || here[to] {
			return nil, fmt.Errorf("--namespace-map %q: a namespace stands for one other alone", pair)
		}
		names[from], here[to] = to, true
	}
	return names, nil
}

// conflict finds what does not go together.
func (o *diffOptions) conflict() error {
	files, kind := o.input.fromFiles(), o.baseline.kind
	stdin := slices.Contains(o.input.filenames, "-")
	switch {
	case kind == baselineLive && !files:
		return errLiveAlone
	case files && (kind == baselineRevision || kind == baselineApplied):
		return fmt.Errorf("--baseline %s is asked of a cluster, for live objects: it does not go with -f or -k", kind)
	case files && kind == baselineContext:
		return fmt.Errorf("-f and -k are compared with live; for that of another cluster take --context %s", shellQuote(o.baseline.value))
	case o.input.local && kind == baselineLive:
		return errors.New("--local asks no server, and a file is compared with live; take a --baseline of a file, or leave --local out")
	case len(o.names) > 0 && kind != baselineContext:
		return errors.New("--namespace-map is for --baseline context:NAME")
	case o.assess.Selection.Container != "" && kind == baselineFile:
		return errors.New("--container does not go with a baseline in a file, which is of all containers")
	case kind == baselineFile && o.baseline.value == "-" && stdin:
		return errors.New("-f - and --baseline - cannot both read standard input")
	}
	return nil
}
