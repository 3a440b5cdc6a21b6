package cluster

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// maxConfigGets is how many ConfigMaps are read; those behind them in order are not.
const maxConfigGets = 2000

// configText is the text of a ConfigMap, or why it was not read; with neither it does not exist.
type configText struct {
	data   map[string]string
	reason string
}

func configMapKind() kind { return builtin("", "ConfigMap", "configmaps", "cm") }

// keepText keeps the text of a ConfigMap. That of the kubelets is read for a setting alone.
func (inv *Inventory) keepText(o *corev1.ConfigMap) {
	if !isKubeletConfig(o) {
		data := o.Data
		if data == nil {
			data = map[string]string{}
		}
		inv.texts[types.NamespacedName{Namespace: inv.namespaceOf(o), Name: o.Name}] = &configText{data: data}
	}
}

func isKubeletConfig(o *corev1.ConfigMap) bool {
	return o.Namespace == kubeletConfigNamespace && o.Name == kubeletConfigName
}

// ConfigText is the text of a ConfigMap by its keys, with workload.Redacted in place of credentials.
// The fact is no where it does not exist, unknown where the read failed, for the reason given, and
// absent where nobody asked for it, or no file has it.
func (inv *Inventory) ConfigText(namespace, name string) (text workload.Known[map[string]string], reason string) {
	switch found := inv.texts[types.NamespacedName{Namespace: namespace, Name: name}]; {
	case found == nil:
		return text, ""
	case found.reason != "":
		return workload.Known[map[string]string]{Fact: workload.FactUnknown}, found.reason
	case found.data == nil:
		return workload.Known[map[string]string]{Fact: workload.FactNo}, ""
	default:
		return workload.Known[map[string]string]{Value: redactTexts(found.data), Fact: workload.FactYes}, ""
	}
}

func redactTexts(data map[string]string) map[string]string {
	out := make(map[string]string, len(data))
	for key, value := range data {
		out[key] = workload.RedactValue(key, value)
	}
	return out
}

// configTexts reads the ConfigMaps that the workloads of the query's namespace refer to: those that are
// not asked about may call those that are. One that cannot be read hides nothing but itself, so that no
// failure is noted beside it.
func (c *collector) configTexts() []read {
	if !c.query.Configured {
		return nil
	}
	var names []types.NamespacedName
	for _, w := range c.inv.Workloads() {
		if c.query.Namespace != "" && w.Ref.Namespace != c.query.Namespace {
			continue
		}
		for _, shape := range w.Shapes() {
			for _, name := range shape.ConfigMaps() {
				names = append(names, types.NamespacedName{Namespace: w.Ref.Namespace, Name: name})
			}
		}
	}
	slices.SortFunc(names, func(a, b types.NamespacedName) int { return compareKeys(configKey(a), configKey(b)) })
	var reads []read
	for i, name := range slices.Compact(names) {
		if i >= maxConfigGets {
			c.inv.texts[name] = &configText{reason: "too many ConfigMaps"}
			continue
		}
		reads = append(reads, c.getConfigText(name))
	}
	return reads
}

func configKey(name types.NamespacedName) ownerKey {
	return ownerKey{"", "ConfigMap", name.Namespace, name.Name}
}

func (c *collector) getConfigText(name types.NamespacedName) read {
	return func(ctx context.Context) {
		k := configMapKind()
		obj, err := c.client.get(ctx, k.gvr, k.gvk, name.Namespace, name.Name)
		c.note(err)
		if err == nil {
			_ = c.add(k)(obj)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inv.texts[name] = &configText{}
		if !apierrors.IsNotFound(err) {
			c.inv.texts[name].reason = Reason(err)
		}
	}
}
