package render

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// sourceAt is the column of what stands behind the name of a source.
const sourceAt = 11

// gatheredFrom are sources that were taken, or not.
func gatheredFrom(label string, sources []api.SourceNote) noted {
	f := noted{label: label}
	for _, s := range sources {
		text := s.Text
		if s.Command != "" {
			text += ": " + s.Command
		}
		f.texts = append(f.texts, fmt.Sprintf("%-*s%s", sourceAt, s.Name, text))
	}
	return f
}

// nextSource is how flows are had, where configuration alone was read.
func nextSource(sources []api.SourceNote) string {
	for _, s := range sources {
		if _, file, found := strings.Cut(s.Command, " > "); found {
			return "Next: " + s.Command + ", of a day or more, then --from " + file
		}
	}
	return "Next: --from FILE with flows of a day or more, such as those of Hubble or conntrack -L"
}
