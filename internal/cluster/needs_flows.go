package cluster

// named is what the targets need. Of flows everything else is read anyway.
func (n *needs) named(targets []Target) error {
	if !n.query.Flows {
		return n.targets(targets)
	}
	for _, t := range targets {
		k, err := writtenKind(t.Type)
		if err != nil {
			return err
		}
		n.target(k, t)
	}
	return nil
}

// flows is what collector.flows reads, and then the owners that it did not find. Without a
// right in all namespaces it reads the namespace of the query, with the same verb.
func (n *needs) flows() {
	wide := &needs{}
	wide.everything("the workloads: a flow may come from any, or go to any")
	wide.add(supportKind("Namespace"), "", "", "the labels that policies select namespaces by", "list")
	wide.network()
	wide.callers()
	n.all = append(n.all, wide.all...)
}

// callers is what collector.callers reads, and of collector.custom what goes with it.
func (n *needs) callers() {
	for _, k := range callerKinds() {
		why := "which Services the API server calls"
		if k.gvk.Kind == "IngressClass" {
			why = "which controller serves an Ingress"
		}
		n.add(k, "", "", why, "list")
	}
	for _, k := range customCallers() {
		why := "which Services the API server calls"
		switch k.Group {
		case monitorGroup:
			why = "what Prometheus scrapes, where the server has the kind"
		case traefikGroup, oldTraefikGroup, contourGroup:
			why = "who reaches the pods, where the server has the kind"
		}
		n.all = append(n.all, Need{"list", k.Group, k.resource, "", "", why})
	}
}

// configured is what collector.configTexts reads.
func (n *needs) configured() {
	if n.query.Configured {
		n.add(configMapKind(), n.query.Namespace, "", "what the workloads are configured to call: those that they refer to, by name", "get")
	}
}
