package workload

import (
	"strconv"
	"strings"
)

// ConfigRef names a ConfigMap or a Secret of the workload's namespace.
type ConfigRef struct {
	// Kind is "ConfigMap" or "Secret".
	Kind, Name string
}

// WaitingConfig is the reason of a container that waits because the kubelet could not make its
// configuration (pkg/kubelet/kuberuntime/kuberuntime_container.go, ErrCreateContainerConfig).
const WaitingConfig = "CreateContainerConfigError"

// MissingConfig reads what the kubelet says of a ConfigMap or Secret that a container's
// environment refers to: the object is missing, or, with a key, that key of it. The message
// comes from others; ok is false for any that the kubelet does not write
// (pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables, and NotFound of apimachinery).
func MissingConfig(message string) (ref ConfigRef, key string, ok bool) {
	if rest, found := strings.CutPrefix(message, "couldn't find key "); found {
		key, rest, found = strings.Cut(rest, " in ")
		kind, where, both := strings.Cut(rest, " ")
		_, name, named := strings.Cut(where, "/")
		ok = found && both && named && isConfigName(key) && isConfigName(name) && (kind == "ConfigMap" || kind == "Secret")
		return ConfigRef{kind, name}, key, ok
	}
	quoted, found := strings.CutSuffix(message, " not found")
	resource, quoted, both := strings.Cut(quoted, " ")
	name, err := strconv.Unquote(quoted)
	kind := map[string]string{"configmap": "ConfigMap", "configmaps": "ConfigMap", "secret": "Secret", "secrets": "Secret"}[resource]
	return ConfigRef{kind, name}, "", found && both && err == nil && kind != "" && isConfigName(name)
}

// isConfigName tells what may be the name of an object or a key of one: letters, digits,
// dots, dashes and underscores.
func isConfigName(s string) bool {
	const longest = 253
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}
	return s != "" && len(s) <= longest && strings.IndexFunc(s, odd) < 0
}
