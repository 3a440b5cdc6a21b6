package cluster

import "slices"

// targets is what collector.targets, parents and pods read for targets that have pods.
func (n *needs) targets(targets []Target) error {
	chain, children, custom := 0, 0, false
	var kinds []string
	for _, t := range targets {
		k, err := writtenKind(t.Type)
		if err != nil {
			return err
		}
		n.target(k, t)
		kinds = append(kinds, k.gvk.Kind)
		chain++
		switch {
		case t.Name == "":
			chain, children = maxPodLists+1, maxOwnerGets+1
		case slices.Contains([]string{"Pod", "ReplicaSet", "Job"}, k.gvk.Kind):
			chain, children = chain+1, children+1
		}
		custom = custom || k.gvk.Kind == ""
	}
	if custom {
		n.everything("what a custom object owns is not known beforehand")
	}
	for _, name := range kinds {
		n.owners(name, children > maxOwnerGets)
		n.between(name)
	}
	if chain > maxPodLists {
		n.between("Pod")
	}
	return nil
}

// target is the read of what was named. Of a custom kind the others may own pods of the
// namespace too, all of which are read with them.
func (n *needs) target(k kind, t Target) {
	switch {
	case k.gvk.Kind == "":
		n.add(k, n.query.Namespace, "", "what was asked for, and others of its kind that own pods; it must be namespaced, and be named so by kubectl api-resources", "get", "list")
	case t.Name == "":
		n.add(k, n.query.Namespace, "", "what was asked for", "list")
	default:
		n.add(k, n.query.Namespace, t.Name, "what was asked for", "get")
	}
}

// owners are the built-in kinds that own an object, read one by one and, where there are
// many, in a list.
func (n *needs) owners(of string, many bool) {
	above := map[string][]string{
		"Pod":        {"ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "ReplicationController", "Job", "CronJob"},
		"ReplicaSet": {"Deployment"},
		"Job":        {"CronJob"},
	}
	for _, name := range above[of] {
		n.add(builtinKind(name), n.query.Namespace, "", "the owners above what was asked for", "get")
		if many {
			n.add(builtinKind(name), n.query.Namespace, "", "the owners above what was asked for", "list")
		}
	}
}

// between are the lists of pods, and of what stands between them and their owner.
func (n *needs) between(of string) {
	n.add(builtinKind("Pod"), n.query.Namespace, "", "the pods of the workloads", "list")
	if slices.Contains([]string{"Pod", "Deployment", "ReplicaSet"}, of) {
		n.add(builtinKind("ReplicaSet"), n.query.Namespace, "", "they stand between pods and their workload", "list")
	}
	if slices.Contains([]string{"Pod", "CronJob", "Job"}, of) {
		n.add(builtinKind("Job"), n.query.Namespace, "", "they stand between pods and their workload", "list")
	}
}

// revisions is what collector.revisions reads. ReplicaSets are read whole with
// the right to list them.
func (n *needs) revisions(targets []Target) {
	if n.query.Revisions {
		n.add(builtinKind("ReplicaSet"), n.query.Namespace, "", "the revisions of Deployments", "list")
	}
	if n.query.Revisions && hasRevisions(targets) {
		n.add(revisionKind(), n.query.Namespace, "", "the revisions of StatefulSets and DaemonSets", "list")
	}
}
