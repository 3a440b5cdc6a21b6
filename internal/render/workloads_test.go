package render

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// partial is checkout as an admin of the namespace alone sees it, screen 4.
func partial() *api.Report {
	item := checkout()
	item.Containers[1].Settings["seccompProfile"] = api.Setting{Value: "unset", Origin: "kubelet default not readable"}
	item.Findings[2].Status = api.StatusUnknown
	const rights = "cluster-wide rights: ClusterRoleBindings are not readable"
	for _, check := range []string{"sa-cluster-admin", "sa-escalate", "sa-nodes-proxy", "group-grants", "sa-create-pods"} {
		item.Findings = append(item.Findings, with(in(finding(api.SeverityHigh, check, rights), ""), api.StatusUnknown))
	}
	item.PodSecurity.Gaps = append(item.PodSecurity.Gaps, api.Gap{
		Check: "run-as-root-declared", Level: api.LevelRestricted, Container: "app",
		Path: appContext + "runAsNonRoot", Got: "unset", Want: "true",
	})
	r := reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}, Targets: []string{"deploy/checkout"}}, item)
	const rbac = "rbac.authorization.k8s.io"
	r.Unknown = []api.Unread{
		{What: "cluster-wide bindings", Verb: "list", Group: rbac, Resource: "clusterrolebindings", Reason: "forbidden"},
		{What: "cluster roles", Verb: "get", Group: rbac, Resource: "clusterroles", Reason: "forbidden"},
		{What: "nodes", Verb: "list", Resource: "nodes", Reason: "forbidden"},
		{What: "pods beside it", Verb: "list", Resource: "pods", Reason: "forbidden"},
		{What: "kubelet configuration", Verb: "get", Resource: "configmaps/kubelet-config", Namespace: "kube-system", Reason: "forbidden"},
		{What: "leases", Verb: "list", Group: "coordination.k8s.io", Resource: "leases", Namespace: "shop", Reason: "timed out"},
		{What: "discovery of metrics.k8s.io/v1beta1", Reason: "server error 503"},
	}
	return r
}

// agent is a privileged DaemonSet with accepted findings, from a file.
func agent() api.Item {
	settings := appSettings()
	const origin = "privileged"
	settings["runAsUser"] = api.Setting{Value: "0", Origin: "container"}
	settings["runAsGroup"] = api.Setting{Value: "unset", Summary: "the image's", Origin: "unset"}
	settings["privileged"] = api.Setting{Value: "true", Summary: "yes", Origin: "container"}
	settings["capabilities"] = api.Setting{Value: "ALL", Origin: origin}
	settings["allowPrivilegeEscalation"] = api.Setting{Value: "true", Summary: "allowed", Origin: origin}
	settings["seccompProfile"] = api.Setting{Value: "Unconfined", Origin: origin}
	settings["appArmorProfile"] = api.Setting{Value: "Unconfined", Origin: origin}
	settings["procMount"] = api.Setting{Value: "Unmasked", Origin: origin}
	item := itemOf("apps/v1", "DaemonSet", "kube-system", "node-agent", 0,
		at(in(finding(api.SeverityCritical, "privileged", "privileged: root on the node, with every capability and device and no confinement"), "agent"),
			appContext+"privileged", "true", "false", "securityContext.privileged: false"),
		at(in(finding(api.SeverityHigh, "run-as-root-declared", "its processes run as uid 0"), "agent"),
			appContext+"runAsUser", "0", "any other uid", "securityContext.runAsUser: 10001"),
		at(in(finding(api.SeverityLow, "rootfs-writable", "programs can be replaced until the container restarts"), "agent"),
			appContext+"readOnlyRootFilesystem", "unset", "true", "securityContext.readOnlyRootFilesystem: true"),
		at(in(finding(api.SeverityHigh, "host-pid", "sees and signals every process of the node"), ""),
			"spec.template.spec.hostPID", "true", "false", "hostPID: false"),
		with(at(in(finding(api.SeverityHigh, "host-network", "uses the node's network"), ""),
			"spec.template.spec.hostNetwork", "true", "false", "hostNetwork: false"), api.StatusAccepted),
	)
	item.Source = &api.Source{File: "deploy/agent.yaml", Line: 12}
	item.Pods = api.Pods{}
	item.PodSecurity = api.PodSecurity{Level: api.LevelPrivileged, Version: "v1.37", Gaps: []api.Gap{
		{Check: "privileged", Level: api.LevelBaseline, Container: "agent", Path: appContext + "privileged", Got: "true", Want: "false"},
		{Check: "host-pid", Level: api.LevelBaseline, Path: "spec.template.spec.hostPID", Got: "true", Want: "false"},
		{Check: "host-network", Level: api.LevelBaseline, Path: "spec.template.spec.hostNetwork", Got: "true", Want: "false"},
		{Check: "seccomp-unset", Level: api.LevelRestricted, Container: "agent", Path: appContext + "seccompProfile.type", Got: "unset", Want: "RuntimeDefault"},
	}}
	item.Settings = map[string]api.Setting{
		"hostPID": {Value: "true", Summary: "yes", Origin: "pod"}, "hostNetwork": {Value: "true", Summary: "yes", Origin: "pod"},
		"hostIPC": {Value: "false", Summary: "no", Origin: "unset"},
	}
	item.Containers = []api.Container{{Name: "agent", Type: api.ContainerMain, Image: "registry.example.com/agent:1.4", Settings: settings}}
	return item
}

// drifted has containers that its template has not, and a live pod that differs from it.
func drifted() api.Item {
	live := func(f api.Finding, pods string) api.Finding {
		f.Pods = pods
		return f
	}
	debug := appSettings()
	debug["runAsUser"] = api.Setting{Value: "0", Origin: "image, observed in 1 pod"}
	debug["runAsGroup"] = api.Setting{Value: "0", Origin: "image, observed in 1 pod"}
	item := itemOf("apps/v1", "StatefulSet", "shop", "redis", 3,
		live(at(finding(api.SeverityMedium, "seccomp-unconfined", "every system call is allowed"),
			"spec.containers[0].securityContext.seccompProfile.type", "Unconfined", "RuntimeDefault", "delete the pod"), "1 of 3 pods"),
		live(at(in(finding(api.SeverityHigh, "run-as-root-observed", "its processes run as uid 0"), "debugger-x7k2p"),
			"status.ephemeralContainerStatuses[0].user.linux.uid", "0", "any other uid", "replace the pod"), "1 of 3 pods"),
		live(in(finding(api.SeverityMedium, "ephemeral-present", "was added to a running pod and stays until it is replaced"), "debugger-x7k2p"), "1 of 3 pods"),
		live(in(finding(api.SeverityMedium, "caps-added-escape", "NET_ADMIN: routes and rules of the pod's network"), "istio-init"), "3 of 3 pods"),
		finding(api.SeverityInfo, "nonroot-unprovable", "the image's user is a name, which the kubelet cannot test"),
		live(in(finding(api.SeverityLow, "image-mutable", "tag, no digest"), "gone"), "1 of 3 pods"),
	)
	item.Pods.Ready = 2
	item.PodSecurity.Level, item.PodSecurity.Template, item.PodSecurity.Live = api.LevelPrivileged, api.LevelRestricted, api.LevelPrivileged
	item.PodSecurity.Gaps = []api.Gap{{
		Check: "seccomp-unconfined", Level: api.LevelBaseline, Container: "app",
		Path: "spec.containers[0].securityContext.seccompProfile.type", Got: "Unconfined", Want: "RuntimeDefault",
	}}
	item.Containers = []api.Container{
		{Name: "istio-init", Type: api.ContainerInit, Image: "istio/proxyv2:1.30", Origin: "admission", Settings: debug},
		{Name: "istio-proxy", Type: api.ContainerSidecar, Image: "istio/proxyv2:1.30", Origin: "admission", Settings: goodSettings()},
		{Name: "app", Type: api.ContainerMain, Image: "redis:7.4", Settings: goodSettings()},
		{Name: "debugger-x7k2p", Type: api.ContainerEphemeral, Image: "busybox", Origin: "kubectl debug", Settings: debug},
	}
	return item
}

// spaces has many workloads in several namespaces.
func spaces() *api.Report {
	var items []api.Item
	for i := range 12 {
		severity := api.Severities()[i%5]
		items = append(items, itemOf("apps/v1", "Deployment", fmt.Sprint("team-", i%3), fmt.Sprint("service-", i), i,
			repeat(i, severity, "seccomp-unset", "no seccomp profile: every system call is allowed")...))
	}
	items = append(items, itemOf("v1", "Pod", "team-0", "worker", 1, repeat(1234, api.SeverityMedium, "host-port", "opens a port of its node")...))
	items = append(items, itemOf("argoproj.io/v1alpha1", "Rollout", "team-0", "canary", 1))
	return reportOf("v1.36.3", api.Scope{AllNamespaces: true, Selector: "tier=web"}, items...)
}

// longest has names as long as names may be.
func longest() *api.Report {
	name := strings.Repeat("abcdefghi-", 25) + "end"
	item := drifted()
	item.Ref.Name, item.Ref.Namespace = name, name[:63]
	item.Source = &api.Source{File: "/" + strings.Repeat("folder/", 30) + "file.yaml", Line: 12345}
	item.Findings = append(item.Findings,
		at(finding(api.SeverityCritical, name, strings.Repeat("message ", 40)), name, name, name, strings.Repeat("write this ", 30)),
		at(in(finding(api.SeverityCritical, "runtime-socket", name), name), "spec."+name, name, name, name))
	item.Containers[2].Image = "registry.example.com/" + name + "@" + digest
	item.Containers[2].Settings["seLinuxOptions"] = api.Setting{Value: name, Origin: name}
	item.Containers[0].Name = name
	item.Settings = map[string]api.Setting{name: {Value: name, Origin: strings.Repeat("origin ", 30)}}
	other := itemOf("apps/v1", "Deployment", "b", name, 100000, repeat(1, api.SeverityLow, name, name)...)
	r := reportOf("v1.36.3", api.Scope{AllNamespaces: true}, item, other)
	r.Unknown = []api.Unread{{What: name, Verb: "list", Group: name, Resource: name, Namespace: name, Reason: name}}
	return r
}
