package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// right in a namespace by a role and the binding of the same name.
func right(verbs, resources, namespace, role string, rule int, checks ...string) api.Right {
	return api.Right{
		Verbs: strings.Fields(verbs), Groups: []string{""}, Resources: strings.Fields(resources),
		ResourceNames: []string{}, NonResourceURLs: []string{}, Namespace: namespace,
		Via: api.Via{
			Binding: "RoleBinding " + role, Role: "Role " + role, Rules: []int{rule}, Subject: "ServiceAccount " + role,
		},
		Checks: append([]string{}, checks...),
	}
}

func becomer(subject, role string, hows ...string) api.Becomer {
	b := api.Becomer{Subject: subject}
	for _, how := range hows {
		b.Ways = append(b.Ways, api.Way{How: how, Via: &api.Via{
			Binding: "RoleBinding " + strings.ReplaceAll(role, " ", "-"), Role: role, Rules: []int{2}, Subject: subject,
		}})
	}
	return b
}

func possible(severity api.Severity, id, words, detail, fix string, because ...string) api.Outcome {
	return api.Outcome{
		ID: id, Severity: severity, Possible: true, Text: words, Detail: detail, Fix: fix,
		Because: append([]string{}, because...), Hops: []api.Hop{},
	}
}

func notPossible(id, words, detail string) api.Outcome {
	o := possible(api.SeverityInfo, id, words, detail, "")
	o.Possible = false
	return o
}

// add appends findings of the pod as a whole, with their fingerprints.
func add(item api.Item, findings ...api.Finding) api.Item {
	for _, f := range findings {
		f.Container = ""
		f.Fingerprint = api.Fingerprint(f.Check, item.Ref, f.Container, f.Path+f.Message)
		item.Findings = append(item.Findings, f)
	}
	api.SortFindings(item.Findings)
	return item
}

func someBecomers() []api.Becomer {
	master := becomer("Group system:masters", "ClusterRole cluster-admin", "everything")
	master.System = true
	return []api.Becomer{
		becomer("Group kubeadm:cluster-admins", "ClusterRole cluster-admin", "everything"),
		becomer("Group shop-devs", "ClusterRole edit", "exec", "patch deployments", "impersonate", "token"),
		becomer("ServiceAccount ci/deployer", "Role deployer", "patch deployments"),
		becomer("ServiceAccount shop/nightly", "Role nightly", "exec"),
		{Subject: "root on node-1, node-2", Ways: []api.Way{{How: "root", Workloads: []api.Ref{
			{APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "shop", Name: "node-agent"},
			{APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "kube-system", Name: "kube-proxy"},
			{APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "kube-system", Name: "kube-router"},
		}}}},
		master,
	}
}

func checkoutRights() []api.Right {
	leases := right("create get update", "leases", "shop", "checkout-all", 4)
	leases.Groups = []string{"coordination.k8s.io"}
	return []api.Right{
		right("get list watch", "secrets", "shop", "checkout-all", 1, "sa-secrets"),
		right("get list watch", "configmaps", "shop", "checkout-all", 2),
		right("create patch", "events", "shop", "checkout-all", 3), leases,
	}
}

func secretsFinding() api.Finding {
	return at(finding(api.SeverityHigh, "sa-secrets", "reads every Secret of namespace shop"),
		"RoleBinding checkout-all → Role checkout-all rule 1", "get, list, watch secrets", "get of named ones", "Role checkout-all rule 1: get of the Secrets it needs, by name")
}

// shopCheckout is the whole of screen 2.
func shopCheckout() api.Item {
	item := add(checkout(), secretsFinding())
	for i := range item.Findings {
		if item.Findings[i].Check == "secret-in-env" {
			item.Findings[i].Got = "Secret db"
		}
	}
	item.Identity = &api.Identity{Account: "checkout", Tokens: []string{"app", "migrate"}, UsedBy: []api.Ref{}, Everybody: 6, Unknown: []string{}}
	item.Rights, item.Becomers = checkoutRights(), someBecomers()
	keys := 2
	item.Secrets = []api.SecretUse{
		{
			Name: "db", Uses: []string{"app env DB_PASSWORD (key password)", "migrate /etc/db"}, Type: "Opaque", Keys: &keys,
			Created: "2026-03-01T10:00:00Z", Readers: []string{"Group kubeadm:cluster-admins", "Group shop-devs"},
		},
		{Name: "payment-keys", Uses: []string{"app /etc/keys"}, Readers: []string{}},
	}
	item.Outcomes = []api.Outcome{
		possible(api.SeverityHigh, "secrets", "every Secret of shop", "token → list secrets; whether one is another's token is not known",
			"automountServiceAccountToken: false", "sa-secrets", "token-mounted"),
		possible(api.SeverityMedium, "capabilities", "12 capabilities", "through a setuid program: escalation allowed, capabilities kept",
			"", "caps-not-dropped", "allow-priv-escalation"),
		possible(api.SeverityLow, "persistence", "its image's files", "changed until the container restarts: root fs writable", "", "rootfs-writable"),
		notPossible("node-root", "root on the node", "not privileged, no host namespace, hostPath or runtime socket"),
		notPossible("cluster", "the cluster", "own rights: no bind, escalate, impersonate, pods, nodes/proxy"),
		notPossible("other-namespaces", "other namespaces", "no cluster-wide grant beyond discovery"),
	}
	return item
}

// nightly reaches the nodes by a path of three hops, and uses a group's grant too.
func nightly() api.Item {
	item := itemOf("batch/v1", "CronJob", "shop", "nightly", 0)
	item.Pods.Desired = nil
	item.PodSecurity.Level = api.LevelPrivileged
	item.Containers = []api.Container{{Name: "backup", Type: api.ContainerMain, Image: "registry.example.com/backup:3", Settings: goodSettings()}}
	item = add(item,
		at(finding(api.SeverityCritical, "sa-exec", "root on 3 nodes: exec into node-agent"),
			"RoleBinding nightly → Role nightly rule 2", "create, get pods/exec", "none", ""),
		at(finding(api.SeverityHigh, "token-mounted", "token of ServiceAccount nightly in backup"),
			"spec.jobTemplate.spec.template.spec.automountServiceAccountToken", "unset", "false", "automountServiceAccountToken: false"),
		at(finding(api.SeverityHigh, "group-grants", "Group system:serviceaccounts:shop may read pods/log"),
			"RoleBinding logs → Role logs rule 1 by Group system:serviceaccounts:shop", "get pods/log", "none", ""),
		finding(api.SeverityMedium, "hostpath-any", "volume backup is /var/backup of the node, writable"),
		finding(api.SeverityMedium, "default-sa", "acts as ServiceAccount default, which every pod without an account shares"))
	item.Findings[0].Modifier = "+1: node-agent is privileged"
	item.Identity = &api.Identity{
		Account: "nightly", Tokens: []string{"backup"}, Everybody: 6, Verified: true, Unknown: []string{},
		UsedBy: []api.Ref{{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "report"}},
	}
	exec := right("create get", "pods/exec", "shop", "nightly", 2, "sa-exec")
	exec.Verified = "confirmed"
	logs := right("get", "pods/log", "shop", "logs", 1, "group-grants")
	logs.Via.Subject = "Group system:serviceaccounts:shop"
	tokens := right("create", "serviceaccounts/token", "shop", "nightly", 3, "sa-token-create")
	tokens.ResourceNames = []string{"backup"}
	nodes := right("get list", "nodes", "", "nodes", 1)
	nodes.Via.Binding, nodes.Via.Role = "ClusterRoleBinding nodes", "ClusterRole nodes"
	item.Rights = []api.Right{nodes, right("get list", "pods", "shop", "nightly", 1), exec, tokens, logs}
	path := possible(api.SeverityCritical, "node-root", "root on 3 nodes", "by 2 steps", "Role nightly: no create, get of pods/exec", "sa-exec")
	path.Hops = []api.Hop{
		{Subject: "ServiceAccount shop/nightly", Does: "create pods/exec in shop", Via: exec.Via, Becomes: "ds/node-agent"},
		{Subject: "ds/node-agent", Does: "is privileged", Becomes: "root on node-1, node-2 and cp-1"},
	}
	unknown := possible(api.SeverityInfo, "cloud", "a role of the cloud", "whether the pod reaches 169.254.169.254 is not known", "")
	unknown.Possible, unknown.Unknown = false, true
	item.Becomers = someBecomers()[:1]
	item.Outcomes = []api.Outcome{path, unknown, notPossible("cluster", "the cluster", "own rights: no bind, escalate, impersonate")}
	return item
}

// nodeAgent has its findings accepted, and with them the outcome.
func nodeAgent() api.Item {
	item := agent()
	item.Source, item.Ref.Namespace = nil, "shop"
	item.Pods = api.Pods{Live: 3, Ready: 3}
	for i := range item.Findings {
		item.Findings[i].Status = api.StatusAccepted
		item.Findings[i].Acceptance = &api.Acceptance{Reason: "reads the node's metrics", Owner: "team-shop", Expires: "2027-01-31", Origin: "annotation"}
	}
	item = add(item, at(finding(api.SeverityMedium, "token-mounted", "token of ServiceAccount node-agent in agent"),
		"spec.template.spec.automountServiceAccountToken", "unset", "false", "automountServiceAccountToken: false"))
	item.Identity = &api.Identity{Account: "node-agent", Tokens: []string{"agent"}, UsedBy: []api.Ref{}, Everybody: 6, Unknown: []string{}}
	item.Rights = []api.Right{right("get list watch", "nodes pods", "", "node-agent", 1)}
	item.Rights[0].Via.Binding, item.Rights[0].Via.Role = "ClusterRoleBinding node-agent", "ClusterRole node-agent"
	item.Outcomes = []api.Outcome{
		possible(api.SeverityCritical, "node-root", "root on the node", "container agent is privileged", "securityContext.privileged: false", "privileged"),
		possible(api.SeverityMedium, "network", "any address", "the node's network", ""),
	}
	return item
}

// unreadRights is what an admin of the namespace alone sees, screen 4.
func unreadRights() api.Item {
	item := shopCheckout()
	const why = "cluster-wide ones: list clusterrolebindings is forbidden"
	for _, check := range []string{"sa-cluster-admin", "sa-escalate", "sa-nodes-proxy", "group-grants"} {
		item = add(item, with(finding(api.SeverityHigh, check, why), api.StatusUnknown))
	}
	item.Identity.Unknown = []string{why, "RoleBinding devs → ClusterRole edit: what it grants Group shop-devs is not readable"}
	item.Secrets[1].Missing = true
	item.Outcomes = append(item.Outcomes[:1:1], api.Outcome{
		ID: "cluster", Severity: api.SeverityInfo, Unknown: true, Text: "the cluster", Detail: "cluster-wide rights are not readable",
	})
	return item
}

// account is the page of a ServiceAccount, screen 12.
func account() api.Item {
	item := add(itemOf("v1", "ServiceAccount", "shop", "checkout", 0), secretsFinding())
	item.Pods, item.PodSecurity = api.Pods{}, api.PodSecurity{Gaps: []api.Gap{}}
	item.Settings[automount] = api.Setting{Value: "true", Origin: "unset"}
	item.Identity = &api.Identity{
		Account: "checkout", Tokens: []string{}, Everybody: 6, Unknown: []string{},
		UsedBy: []api.Ref{{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "checkout"}},
	}
	item.Rights = checkoutRights()
	item.Becomers = slices.Concat(someBecomers()[:2], []api.Becomer{becomer("ServiceAccount ci/deployer", "Role deployer", "patch deployments", "create pods")})
	item.Outcomes = shopCheckout().Outcomes[:1]
	return item
}

// secretPage is that of screen 12, with a reader that is not known.
func secretPage() api.Page {
	page := api.Page{
		Type: "secret", Namespace: "shop", Name: "db",
		Summary: "read by 3 subjects and 2 nodes, within reach of 6 more; content not read",
	}
	for _, r := range [][4]string{
		{"reader", "Group kubeadm:cluster-admins", "get list watch", "ClusterRole cluster-admin"},
		{"reader", "Group shop-devs", "get list watch", "ClusterRole edit in shop"},
		{"reader", "ServiceAccount shop/checkout", "get list watch", "Role checkout-all"},
		{"node", "kubelets of node-1, node-2", "pods there use it", "Node authorizer"},
		{"use", "deploy/checkout", "app env DB_PASSWORD, migrate /etc/db", "its template"},
		{"reach", "ServiceAccount ci/deployer", "patch deployments: a template mounts it", "Role deployer"},
		{"reach", "ServiceAccount shop/nightly", "exec into checkout", "Role nightly"},
		{"reach", "3 privileged DaemonSets", "root on node-1, node-2", "node-agent, 2 of kube-system"},
	} {
		page.Rows = append(page.Rows, api.Row{ID: r[0], Title: r[1], Status: "yes", Evidence: []string{r[2], r[3]}, Standards: []string{}})
	}
	page.Rows = append(page.Rows, api.Row{
		ID: "reader", Title: "cluster-wide readers", Status: "unknown", Evidence: []string{"list clusterrolebindings is forbidden"}, Standards: []string{},
	})
	return page
}

func secretReport(pages ...api.Page) *api.Report {
	r := reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}, Targets: []string{"secret/db"}})
	r.Items, r.Pages = []api.Item{}, pages
	return r
}

// crowd has more of everything than a page is to show.
func crowd() api.Item {
	item := shopCheckout()
	item.Rights, item.Becomers = nil, nil
	for i := range 500 {
		role := fmt.Sprint("role-", i/40)
		r := right("get list watch", fmt.Sprintf("resource-%d", i), []string{"", "shop", "ci"}[i/200], role, i%40+1)
		if i%50 == 0 {
			r.Checks = []string{"sa-secrets"}
		}
		item.Rights = append(item.Rights, r)
	}
	item.Findings = slices.DeleteFunc(item.Findings, func(f api.Finding) bool { return f.Check == "sa-secrets" })
	for i, place := range []string{"in the whole cluster", "in shop", "in ci"} {
		item = add(item, at(finding(api.SeverityHigh, "sa-secrets", "get, list, watch secrets "+place+": reads every Secret there"),
			fmt.Sprintf("RoleBinding role-%d → Role role-%d rule 1 and 4 more", 5*i, 5*i), "get, list, watch secrets", "none", ""))
	}
	for i := range 200 {
		item.Becomers = append(item.Becomers, becomer(fmt.Sprintf("ServiceAccount team-%d/deployer-with-a-long-name", i), "ClusterRole edit", "exec", "patch deployments"))
	}
	for i := range 60 {
		item.Identity.UsedBy = append(item.Identity.UsedBy, api.Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: fmt.Sprint("worker-", i)})
		item.Identity.Tokens = append(item.Identity.Tokens, fmt.Sprint("worker-", i))
		item.Secrets[0].Readers = append(item.Secrets[0].Readers, fmt.Sprint("Group team-", i))
	}
	return item
}

// bare is a workload whose account has no right, token or friend.
func bare() api.Item {
	item := clean()
	item.Identity = &api.Identity{Account: "cart", Tokens: []string{}, UsedBy: []api.Ref{}, Unknown: []string{}}
	item.Rights, item.Becomers, item.Secrets, item.Outcomes = []api.Right{}, []api.Becomer{}, []api.SecretUse{}, []api.Outcome{}
	return item
}

// identities are the fixtures of whom workloads act as, and of what comes with it.
func identities() map[string]*api.Report {
	both := secretReport(secretPage(), api.Page{Type: "secret", Namespace: "shop", Name: "unused", Summary: "read by nobody", Rows: []api.Row{}})
	both.Items = []api.Item{account(), nodeAgent()}
	partly, alone := unreadRights(), bare()
	partly.Ref.Name, alone.Ref.Name = "catalog", "web"
	return map[string]*api.Report{
		"id-checkout":   page1(shopCheckout(), "v1.36.3"),
		"id-nightly":    page1(nightly(), "v1.36.3"),
		"id-node-agent": page1(nodeAgent(), "v1.36.3"),
		"id-partial":    page1(unreadRights(), "v1.36.3"),
		"id-account":    page1(account(), "v1.36.3"),
		"id-bare":       page1(bare(), "v1.36.3"),
		"id-secret":     secretReport(secretPage()),
		"id-several":    both,
		"id-table": reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}},
			shopCheckout(), nightly(), nodeAgent(), partly, account(), alone, clean()),
	}
}
