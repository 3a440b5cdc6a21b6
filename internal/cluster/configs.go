package cluster

import (
	"iter"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// configKeys are the keys of the ConfigMaps and Secrets of files by their namespace, without
// the values.
type configKeys map[string]map[workload.ConfigRef]map[string]bool

func (inv *Inventory) addConfigMap(o *corev1.ConfigMap, source workload.Source) {
	inv.addConfig("ConfigMap", o, source, maps.Keys(o.Data), maps.Keys(o.BinaryData))
}

// addSecretKeys leaves out the Secrets that the API server fills itself.
func (inv *Inventory) addSecretKeys(o *corev1.Secret, source workload.Source) {
	if o.Type != corev1.SecretTypeServiceAccountToken {
		inv.addConfig("Secret", o, source, maps.Keys(o.Data), maps.Keys(o.StringData))
	}
}

// addConfig keeps the keys of an object of a file. One that stands there twice has the keys
// of both; one without any is left for another program to fill.
func (inv *Inventory) addConfig(kindName string, o metav1.Object, source workload.Source, keys ...iter.Seq[string]) {
	if source.File == "" {
		return
	}
	namespace := inv.namespaceOf(o)
	ref := workload.ConfigRef{Kind: kindName, Name: o.GetName()}
	for _, list := range keys {
		for name := range list {
			if inv.configs[namespace] == nil {
				inv.configs[namespace] = map[workload.ConfigRef]map[string]bool{}
			}
			if inv.configs[namespace][ref] == nil {
				inv.configs[namespace][ref] = map[string]bool{}
			}
			inv.configs[namespace][ref][name] = true
		}
	}
}
