package compare

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// containerKey names a container as fingerprints do: "main:app".
func containerKey(kind api.ContainerType, name string) string {
	return string(kind) + ":" + clean(name)
}

// containerText is the key as it is written.
func containerText(key string) string {
	kind, name, _ := strings.Cut(key, ":")
	return kind + ":" + quoted(name)
}

// cutType tells a text that begins like the key of a container, and what is behind the colon.
func cutType(text string) (name string, ok bool) {
	for _, kind := range []api.ContainerType{api.ContainerInit, api.ContainerSidecar, api.ContainerMain, api.ContainerEphemeral} {
		if name, ok := strings.CutPrefix(text, string(kind)+":"); ok {
			return name, true
		}
	}
	return "", false
}

// cutContainer takes the key of a container, where there is one, from the beginning of a text.
func cutContainer(text string) (key, rest string, err error) {
	name, ok := cutType(text)
	if !ok {
		return "", text, nil
	}
	item, rest, err := nextItem(name)
	if err != nil {
		return "", "", err
	}
	if strings.HasPrefix(rest, ",") {
		return "", "", fmt.Errorf("%q is no container", text)
	}
	return text[:len(text)-len(name)] + item, strings.TrimPrefix(rest, " "), nil
}
