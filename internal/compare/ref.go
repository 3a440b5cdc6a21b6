package compare

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// refText is group/Kind/namespace/name; a slash or backslash in a part has a backslash before it.
func refText(ref api.Ref) string {
	parts := []string{ref.Group(), ref.Kind, ref.Namespace, ref.Name}
	for i, p := range parts {
		parts[i] = strings.NewReplacer(`\`, `\\`, "/", `\/`).Replace(clean(p))
	}
	return strings.Join(parts, "/")
}

// parseRef reads what refText wrote. The version is not kept: v1 stands for it.
func parseRef(text string) (api.Ref, error) {
	parts := []string{""}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			parts[len(parts)-1] += text[i : i+1]
		case text[i] == '/':
			parts = append(parts, "")
		default:
			parts[len(parts)-1] += text[i : i+1]
		}
	}
	if len(parts) != 4 || parts[1] == "" || parts[3] == "" {
		return api.Ref{}, fmt.Errorf("ref %q is not of the form GROUP/KIND/NAMESPACE/NAME", text)
	}
	ref := api.Ref{APIVersion: "v1", Kind: parts[1], Namespace: parts[2], Name: parts[3]}
	if parts[0] != "" {
		ref.APIVersion = parts[0] + "/v1"
	}
	return ref, nil
}

func cleanRef(ref api.Ref) api.Ref {
	return api.Ref{APIVersion: clean(ref.APIVersion), Kind: clean(ref.Kind), Namespace: clean(ref.Namespace), Name: clean(ref.Name)}
}

// sameObject tells references apart but for the version.
func sameObject(ref api.Ref) api.Ref {
	ref.APIVersion = ref.Group()
	return ref
}
