package rbac

// rowsOfGuards are what the cluster stands on and is guarded by. To remove a guard is as good
// as to change it.
func rowsOfGuards() []row {
	config := func(name string) bool { return name == "aws-auth" || name == "coredns" }
	rows := []row{
		{kind: MayWriteAPIServices, group: "apiregistration.k8s.io", resource: "apiservices", verbs: verbsWrite},
		{kind: MayWriteDefinitions, group: "apiextensions.k8s.io", resource: "customresourcedefinitions", verbs: verbsWrite},
		{kind: MayWriteVolumes, resource: "persistentvolumes", verbs: verbsWrite},
		{kind: MayWriteNamespaces, resource: "namespaces", where: clusterOrHome, verbs: verbsChange},
		{kind: MayWriteClusterConfig, resource: "configmaps", where: inKubeSystem, verbs: verbsWrite, counts: config},
	}
	for _, resource := range []string{"mutatingwebhookconfigurations", "validatingwebhookconfigurations"} {
		rows = append(rows, row{kind: MayWriteWebhooks, group: groupAdmission, resource: resource, verbs: verbsGuard})
	}
	for _, resource := range []string{
		"mutatingadmissionpolicies", "mutatingadmissionpolicybindings", "validatingadmissionpolicies", "validatingadmissionpolicybindings",
	} {
		rows = append(rows, row{kind: MayWriteAdmissionPolicies, group: groupAdmission, resource: resource, verbs: verbsGuard})
	}
	for _, policy := range []row{
		{group: "networking.k8s.io", resource: "networkpolicies", where: anywhere},
		{group: "policy.networking.k8s.io", resource: "adminnetworkpolicies"},
		{group: "policy.networking.k8s.io", resource: "baselineadminnetworkpolicies"},
		{group: "policy.networking.k8s.io", resource: "clusternetworkpolicies"},
		{group: "cilium.io", resource: "ciliumnetworkpolicies", where: anywhere},
		{group: "cilium.io", resource: "ciliumclusterwidenetworkpolicies"},
		{group: "crd.projectcalico.org", resource: "networkpolicies", where: anywhere},
		{group: "crd.projectcalico.org", resource: "globalnetworkpolicies"},
		{group: "projectcalico.org", resource: "networkpolicies", where: anywhere},
		{group: "projectcalico.org", resource: "globalnetworkpolicies"},
	} {
		policy.kind, policy.verbs = MayWriteNetworkPolicies, verbsGuard
		rows = append(rows, policy)
	}
	return rows
}

// rowsOfControllers are the objects by which controllers of others act with rights of their
// own; from the CustomResourceDefinitions of the projects.
func rowsOfControllers() []row {
	type objects struct {
		group     string
		where     where
		resources []string
	}
	var rows []row
	for _, o := range []objects{
		{"argoproj.io", anywhere, []string{"applications", "applicationsets", "appprojects", "cronworkflows", "rollouts", "sensors", "workflows", "workflowtemplates"}},
		{"argoproj.io", inCluster, []string{"clusterworkflowtemplates"}},
		{"kustomize.toolkit.fluxcd.io", anywhere, []string{"kustomizations"}},
		{"helm.toolkit.fluxcd.io", anywhere, []string{"helmreleases"}},
		{"source.toolkit.fluxcd.io", anywhere, []string{"buckets", "externalartifacts", "gitrepositories", "helmcharts", "helmrepositories", "ocirepositories"}},
		{"tekton.dev", anywhere, []string{"customruns", "pipelineruns", "pipelines", "taskruns", "tasks"}},
		{"tekton.dev", inCluster, []string{"clustertasks"}},
		{"triggers.tekton.dev", anywhere, []string{"eventlisteners", "triggers", "triggertemplates"}},
		{"pkg.crossplane.io", inCluster, []string{"configurations", "deploymentruntimeconfigs", "functions", "providers"}},
		{"apiextensions.crossplane.io", inCluster, []string{"compositeresourcedefinitions", "compositionrevisions", "compositions"}},
		{"cert-manager.io", anywhere, []string{"certificaterequests", "certificates", "issuers"}},
		{"cert-manager.io", inCluster, []string{"clusterissuers"}},
		{"external-secrets.io", anywhere, []string{"externalsecrets", "pushsecrets", "secretstores"}},
		{"external-secrets.io", inCluster, []string{"clusterexternalsecrets", "clusterpushsecrets", "clustersecretstores"}},
	} {
		for _, resource := range o.resources {
			rows = append(rows, row{kind: MayDriveControllers, group: o.group, resource: resource, where: o.where, verbs: verbsWrite})
		}
	}
	return rows
}
