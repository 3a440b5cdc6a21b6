package cluster

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Need is a right that a command uses: one verb on one resource.
type Need struct {
	Verb, Group, Resource string
	// Namespace is empty for the whole cluster, Name for any name.
	Namespace, Name string
	// Why says in a few words what it is for.
	Why string
}

// needs gathers the rights that the reads of a query use. A read that is added to the
// collector is added here; the tests with a real API server compare the two.
type needs struct {
	query Query
	all   []Need
}

func (n *needs) add(k kind, namespace, name, why string, verbs ...string) {
	if !k.namespaced {
		namespace = ""
	}
	for _, verb := range verbs {
		n.all = append(n.all, Need{verb, k.gvk.Group, k.gvr.Resource, namespace, name, why})
	}
}

// FactNeeds are the rights that CollectFacts uses. The server's version may be read by
// everybody.
func FactNeeds() []Need {
	n := &needs{}
	n.add(builtin("", "ConfigMap", "configmaps", "cm"), kubeletConfigNamespace, kubeletConfigName, "seccompDefault of the kubelets", "get")
	return n.all
}

// ReviewNeeds are the rights that Review uses.
func ReviewNeeds() []Need {
	return []Need{{
		Verb: "create", Group: authorizationv1.GroupName, Resource: "subjectaccessreviews",
		Why: "to ask the API server about each right; it keeps none of the questions",
	}}
}

// Needs are the rights that Collect and Record use for a query, whatever they meet, but for
// one: which custom kinds own a pod the cluster alone knows. The error is for a target whose
// resource only discovery finds.
func Needs(query Query) ([]Need, error) {
	n := &needs{query: query}
	targets, pages := splitTargets(query.Targets)
	if slices.ContainsFunc(pages, func(t Target) bool { return t.Name == "" && secretKind().named(strings.ToLower(t.Type)) }) {
		return nil, errNameSecret
	}
	if err := n.named(targets); err != nil {
		return nil, err
	}
	if query.Alone {
		return n.all, nil
	}
	if query.Flows {
		n.flows()
		n.configured()
		return append(n.all, FactNeeds()...), nil
	}
	if query.Traffic {
		n.everything("the workloads")
		n.add(supportKind("Namespace"), "", "", "the labels that policies select namespaces by", "list")
		n.network()
		return append(n.all, FactNeeds()...), nil
	}
	for _, k := range accessKinds() {
		n.add(k, "", "", "who may do what: an account may hold rights in every namespace", "list")
	}
	if query.Rights {
		if len(targets) > 0 {
			for _, k := range builtinKinds() {
				n.add(k, query.Namespace, "", "the workloads, which may act as the same account", "list")
			}
		}
		return n.all, nil
	}
	n.all = append(n.all, FactNeeds()...)
	if len(targets) > 0 {
		n.around()
	}
	if len(targets) == 0 || len(pages) > 0 {
		n.everything("the workloads")
	}
	n.surroundings(len(targets) > 0 && len(pages) == 0)
	n.network()
	n.revisions(targets)
	if query.Callers {
		n.callers()
	}
	n.configured()
	if query.Secrets {
		n.add(secretKind(), query.Namespace, "",
			"their names, types, numbers of keys and times, which is all that is asked for; RBAC cannot limit it to that: who may list Secrets may read them whole", "list")
	}
	if query.Namespace != "" {
		n.reached()
	}
	return n.all, nil
}

// network is what collector.network reads.
func (n *needs) network() {
	query := n.query
	for _, k := range networkKinds() {
		n.add(k, query.Namespace, "", "who reaches the pods, and what they reach", "list")
	}
	for _, k := range customKinds() {
		namespace := query.Namespace
		if k.everywhere {
			namespace = ""
		}
		n.all = append(n.all, Need{"list", k.Group, k.resource, namespace, "", "who reaches the pods, where the server has the kind"})
	}
	n.add(builtinKind("DaemonSet"), "", "", "what enforces NetworkPolicies, by its name", "list")
	n.add(endpointsKind(), serverNamespace, serverName, "the addresses of the API server", "get")
	n.add(endpointsKind(), query.Namespace, "", "where Services without a selector lead", "list")
}

// everything is what collector.everything reads, and then the owners that it did not find.
func (n *needs) everything(why string) {
	for _, k := range builtinKinds() {
		n.add(k, n.query.Namespace, "", why, "list")
		switch k.gvk.Kind {
		case "Pod":
		case "ReplicaSet":
			n.add(k, n.query.Namespace, "", "those without a Deployment, whole", "get")
		default:
			n.add(k, n.query.Namespace, "", "owners made after the list", "get")
		}
	}
	n.add(nodeKind(), "", "", "the runtime of the nodes, and what it supports", "list")
}

// surroundings is what collector.surroundings reads.
func (n *needs) surroundings(named bool) {
	for _, k := range supportKinds() {
		why := map[string]string{
			"Namespace":             "Pod Security labels",
			"LimitRange":            "limits of containers that name none",
			"ServiceAccount":        "whether it mounts a token",
			"PersistentVolumeClaim": "the volumes behind claims",
			"PersistentVolume":      "the volumes behind claims",
			"RuntimeClass":          "the runtime of pods that name a class",
		}[k.gvk.Kind]
		switch {
		case k.gvk.Kind == "Namespace" && n.query.Namespace != "":
			n.add(k, "", n.query.Namespace, why, "get")
		case !named || n.query.Namespace == "" || k.gvk.Kind == "LimitRange":
			n.add(k, n.query.Namespace, "", why, "list")
		}
	}
}

// around is what collector.around and collector.nodes read of named workloads.
func (n *needs) around() {
	namespace := n.query.Namespace
	n.add(supportKind("ServiceAccount"), namespace, "", "the accounts of the pods", "get")
	n.add(builtinKind("Pod"), namespace, "", "other pods of the same account", "list")
	n.add(supportKind("PersistentVolumeClaim"), namespace, "", "claims of the pods, by name", "get")
	n.add(supportKind("PersistentVolumeClaim"), namespace, "", "claims made by a template, or many", "list")
	n.add(supportKind("PersistentVolume"), "", "", "the volumes of claims that are bound", "get")
	n.add(supportKind("PersistentVolume"), "", "", "the volumes kept for claims that are not bound, or of many", "list")
	n.add(supportKind("RuntimeClass"), "", "", "the runtime of pods that name a class", "get")
	n.add(nodeKind(), "", "", "the nodes under the pods", "get")
	n.add(nodeKind(), "", "", "the nodes under the pods, where they are many", "list")
}

// reached is what collector.neighbours and collector.reached read outside of a namespace.
func (n *needs) reached() {
	n.add(builtinKind("Pod"), "", "", "pods on the same nodes: who is root on a node becomes each of them", "list")
	if n.query.Reach == nil {
		return
	}
	n.add(builtinKind("Pod"), "", "", "pods in reach of the rights of an account", "list")
	n.add(supportKind("ServiceAccount"), "", "", "accounts in reach of the rights of another", "list")
	n.add(supportKind("Namespace"), "", "", "guardrails of a namespace in reach", "get")
	n.add(supportKind("Namespace"), "", "", "guardrails where all namespaces are in reach", "list")
}

// writtenKind is the kind of a TYPE without discovery.
func writtenKind(typeName string) (kind, error) {
	name := strings.ToLower(typeName)
	for _, k := range builtinKinds() {
		if k.named(name) {
			return k, nil
		}
	}
	resource, group, found := strings.Cut(name, ".")
	if version, rest, more := strings.Cut(group, "."); more && isVersion(version) {
		group = rest
	}
	if !found {
		return kind{}, fmt.Errorf("discovery alone knows what %q is: write it in the plural with its group, as in rollouts.argoproj.io/NAME", typeName)
	}
	if len(validation.IsDNS1123Label(resource))+len(validation.IsDNS1123Subdomain(group)) > 0 {
		return kind{}, fmt.Errorf("%q is not of the form RESOURCE.GROUP", typeName)
	}
	return builtin(group, "", resource, ""), nil
}

// isVersion tells v1 and v1beta1 from the first part of a group.
func isVersion(word string) bool {
	return regexp.MustCompile(`^v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$`).MatchString(word)
}
