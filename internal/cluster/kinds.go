package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kind is a kind that can be read.
type kind struct {
	gvk        schema.GroupVersionKind
	gvr        schema.GroupVersionResource
	shortName  string
	namespaced bool
}

// builtin is a kind of version v1 of its group.
func builtin(group, kindName, resource, short string) kind {
	gv := schema.GroupVersion{Group: group, Version: "v1"}
	return kind{gv.WithKind(kindName), gv.WithResource(resource), short, true}
}

// builtinKinds are the kinds of workloads that every API server has.
func builtinKinds() []kind {
	return []kind{
		builtin("", "Pod", "pods", "po"),
		builtin("apps", "Deployment", "deployments", "deploy"),
		builtin("apps", "StatefulSet", "statefulsets", "sts"),
		builtin("apps", "DaemonSet", "daemonsets", "ds"),
		builtin("apps", "ReplicaSet", "replicasets", "rs"),
		builtin("", "ReplicationController", "replicationcontrollers", "rc"),
		builtin("batch", "Job", "jobs", "job"),
		builtin("batch", "CronJob", "cronjobs", "cj"),
	}
}

func builtinKind(name string) kind {
	i := slices.IndexFunc(builtinKinds(), func(k kind) bool { return k.gvk.Kind == name })
	return builtinKinds()[i]
}

// resolve finds the kind of a TYPE as kubectl takes it: plural, singular, short name or
// kind, with or without version and group. Kinds of workloads need no discovery.
func resolve(mapper func() (meta.RESTMapper, error), name string) (kind, error) {
	for _, k := range builtinKinds() {
		if k.named(strings.ToLower(name)) {
			return k, nil
		}
	}
	m, err := mapper()
	if err != nil {
		return kind{}, err
	}
	mapping, err := mappingFor(m, name)
	if meta.IsNoMatchError(err) {
		return kind{}, fmt.Errorf("the server has no resource type %q", name)
	}
	if err != nil {
		return kind{}, fmt.Errorf("find resource type %q: %w", name, err)
	}
	return mapped(mapping), nil
}

func (k kind) named(name string) bool {
	singular := strings.ToLower(k.gvk.Kind)
	forms := []string{k.gvr.Resource, singular, k.shortName}
	if k.gvk.Group != "" {
		for _, f := range []string{k.gvr.Resource, singular} {
			forms = append(forms, f+"."+k.gvk.Group, f+"."+k.gvk.Version+"."+k.gvk.Group)
		}
	}
	return slices.Contains(forms, name)
}

func mapped(m *meta.RESTMapping) kind {
	return kind{m.GroupVersionKind, m.Resource, "", m.Scope.Name() == meta.RESTScopeNameNamespace}
}

// mappingFor follows the order in which kubectl's resource builder tries a word: as a
// resource, then as a kind.
func mappingFor(m meta.RESTMapper, name string) (*meta.RESTMapping, error) {
	full, resource := schema.ParseResourceArg(name)
	var gvk schema.GroupVersionKind
	var err error
	if full != nil {
		gvk, err = m.KindFor(*full)
	}
	if gvk.Empty() {
		gvk, err = m.KindFor(resource.WithVersion(""))
	}
	if !gvk.Empty() {
		return m.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	fullKind, groupKind := schema.ParseKindArg(name)
	if fullKind == nil {
		fullKind = &schema.GroupVersionKind{Group: groupKind.Group, Kind: groupKind.Kind}
	}
	mapping, kindErr := m.RESTMapping(groupKind, fullKind.Version)
	if kindErr == nil {
		return mapping, nil
	}
	if err != nil && !meta.IsNoMatchError(err) {
		return nil, err
	}
	return nil, kindErr
}

// kindOf finds how to read the kind of an owner reference.
func kindOf(mapper func() (meta.RESTMapper, error), group, version, name string) (kind, error) {
	for _, k := range builtinKinds() {
		if k.gvk.Group == group && k.gvk.Kind == name {
			return k, nil
		}
	}
	m, err := mapper()
	if err != nil {
		return kind{}, err
	}
	mapping, err := m.RESTMapping(schema.GroupKind{Group: group, Kind: name}, version)
	if err != nil {
		return kind{}, err
	}
	return mapped(mapping), nil
}

// errNotWorkload is the base of errors about targets that have no pods.
var errNotWorkload = errors.New("explain takes workloads, ServiceAccounts, Secrets, Services and NetworkPolicies: pods, deployments, statefulsets, daemonsets, replicasets, " +
	"replicationcontrollers, jobs, cronjobs and custom kinds with a pod template")
