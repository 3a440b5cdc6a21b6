package render

import (
	"fmt"
	"maps"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const digest = "sha256:4be1e9f3a07c5d2b81c6f0d3e5a4978877665544332211009988aabbccddeeff"

// reportOf is a report of items with its summary.
func reportOf(server string, scope api.Scope, items ...api.Item) *api.Report {
	r := api.NewReport()
	for _, list := range []*[]string{&scope.Namespaces, &scope.Files, &scope.Targets} {
		*list = append([]string{}, *list...)
	}
	r.Server, r.Scope, r.Items = server, scope, items
	r.Summary.Workloads = len(items)
	for _, item := range items {
		r.Summary.Counts = r.Summary.Add(api.Count(item.Findings))
	}
	return r
}

func itemOf(apiVersion, kind, namespace, name string, pods int, findings ...api.Finding) api.Item {
	item := api.Item{
		Ref:         api.Ref{APIVersion: apiVersion, Kind: kind, Namespace: namespace, Name: name},
		Pods:        api.Pods{Live: pods, Ready: pods, Desired: &pods},
		PodSecurity: api.PodSecurity{Level: api.LevelBaseline, Version: "v1.36", Gaps: []api.Gap{}},
		Settings:    map[string]api.Setting{},
		Findings:    findings,
		Rights:      []api.Right{}, Becomers: []api.Becomer{}, Secrets: []api.SecretUse{}, Outcomes: []api.Outcome{},
		Notes: []string{},
	}
	for i, f := range findings {
		item.Findings[i].Fingerprint = api.Fingerprint(f.Check, item.Ref, f.Container, f.Path)
	}
	return item
}

// finding is a failing one of container app, unless its fields are set otherwise.
func finding(severity api.Severity, check, message string) api.Finding {
	return api.Finding{
		Check: check, Severity: severity, Status: api.StatusFail, Confidence: api.ConfidenceConfirmed,
		Container: "app", Message: message, Standards: []string{},
	}
}

func at(f api.Finding, path, got, want, fix string) api.Finding {
	f.Path, f.Got, f.Want, f.Fix = path, got, want, fix
	return f
}

func in(f api.Finding, container string) api.Finding {
	f.Container = container
	return f
}

func with(f api.Finding, status api.Status) api.Finding {
	f.Status = status
	return f
}

func repeat(n int, severity api.Severity, check, message string) []api.Finding {
	out := make([]api.Finding, n)
	for i := range out {
		out[i] = finding(severity, check, message)
		out[i].Path = fmt.Sprint("field", i)
	}
	return out
}

func join(lists ...[]api.Finding) (out []api.Finding) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// shop is the namespace of screen 1.
func shop() *api.Report {
	const c, h, m, l = api.SeverityCritical, api.SeverityHigh, api.SeverityMedium, api.SeverityLow
	rootMail := repeat(2, h, "run-as-root-observed", "uid 0 in 1 of 1 pods")
	open := "any address can be reached from it"
	nightly := itemOf("batch/v1", "CronJob", "shop", "nightly", 0, join(
		repeat(1, c, "sa-exec", "root on 3 nodes: exec into node-agent"), repeat(1, h, "token-mounted", "token"),
		repeat(3, m, "netpol-none-egress", open))...)
	nightly.Pods.Desired, nightly.PodSecurity.Level = nil, api.LevelPrivileged
	agent := itemOf("apps/v1", "DaemonSet", "shop", "node-agent", 3, join(
		repeat(2, m, "node-placement", "runs on control-plane nodes too"), repeat(1, l, "ro-mount-not-recursive", "mount"),
		repeat(6, c, "privileged", "root on the node"))...)
	agent.PodSecurity.Level = api.LevelPrivileged
	for i := 3; i < 9; i++ {
		agent.Findings[i].Status = api.StatusAccepted
	}
	restricted := func(i api.Item) api.Item {
		i.PodSecurity.Level = api.LevelRestricted
		return i
	}
	deploy := func(name string, pods int, findings ...api.Finding) api.Item {
		return itemOf("apps/v1", "Deployment", "shop", name, pods, findings...)
	}
	return reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}},
		nightly,
		restricted(deploy("cart", 2, join(repeat(2, m, "netpol-none-egress", open), repeat(1, l, "token-needless", "token"))...)),
		restricted(deploy("catalog", 2, join(repeat(2, m, "netpol-none-egress", open), repeat(1, l, "rootfs-writable", "root"))...)),
		deploy("checkout", 2, join(repeat(2, h, "sa-secrets", "reads every Secret of namespace shop"),
			repeat(5, m, "seccomp-unset", "seccomp"), repeat(2, l, "rootfs-writable", "root"))...),
		deploy("mail", 1, join(rootMail, repeat(6, m, "seccomp-unset", "seccomp"), repeat(3, l, "image-mutable", "tag"))...),
		restricted(deploy("web", 3, repeat(1, m, "exposed", "internet, TLS, by Ingress web")...)),
		agent,
		itemOf("apps/v1", "StatefulSet", "shop", "redis", 1, join(rootMail[:1], repeat(4, m, "seccomp-unset", "seccomp"),
			repeat(3, l, "image-mutable", "tag"))...),
	)
}

const appContext = "spec.template.spec.containers[0].securityContext."

func appSettings() map[string]api.Setting {
	return map[string]api.Setting{
		"runAsUser":                {Value: "10001", Origin: "image, observed in 2 pods"},
		"runAsGroup":               {Value: "10001", Origin: "image, observed in 2 pods"},
		"runAsNonRoot":             {Value: "true", Summary: "tested at start", Origin: "pod"},
		"privileged":               {Value: "false", Summary: "no", Origin: "unset"},
		"capabilities":             {Value: "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE", Summary: "12 of 14 kept", Origin: "drop AUDIT_WRITE, MKNOD"},
		"allowPrivilegeEscalation": {Value: "true", Summary: "allowed", Origin: "unset"},
		"seccompProfile":           {Value: "Unconfined", Origin: "unset; kubelet seccompDefault off"},
		"appArmorProfile":          {Value: "RuntimeDefault", Origin: "unset"},
		"procMount":                {Value: "Default", Origin: "unset"},
		"readOnlyRootFilesystem":   {Value: "false", Summary: "writable", Origin: "unset"},
		"limits":                   {Value: "500m 256Mi 1Gi", Origin: "LimitRange shop-defaults"},
	}
}

func goodSettings() map[string]api.Setting {
	s := appSettings()
	s["capabilities"] = api.Setting{Value: "none", Origin: "drop ALL"}
	s["allowPrivilegeEscalation"] = api.Setting{Value: "false", Summary: "not allowed", Origin: "container"}
	s["seccompProfile"] = api.Setting{Value: "RuntimeDefault", Origin: "pod"}
	s["readOnlyRootFilesystem"] = api.Setting{Value: "true", Summary: "read-only", Origin: "container"}
	return s
}

// checkout is the workload of screen 2.
func checkout() api.Item {
	const fixSeccomp = "securityContext.seccompProfile: {type: RuntimeDefault}"
	item := itemOf("apps/v1", "Deployment", "shop", "checkout", 2,
		at(finding(api.SeverityMedium, "caps-not-dropped", "12 of containerd's 14 capabilities stay within reach"),
			appContext+"capabilities.drop", "[AUDIT_WRITE MKNOD]", "[ALL]", "securityContext.capabilities.drop: [ALL]"),
		at(finding(api.SeverityMedium, "allow-priv-escalation", "a setuid program can gain privileges"),
			appContext+"allowPrivilegeEscalation", "unset", "false", "securityContext.allowPrivilegeEscalation: false"),
		at(finding(api.SeverityMedium, "seccomp-unset", "no seccomp profile: every system call is allowed"),
			appContext+"seccompProfile.type", "unset", "RuntimeDefault", fixSeccomp),
		at(finding(api.SeverityLow, "rootfs-writable", "programs can be replaced until the container restarts"),
			appContext+"readOnlyRootFilesystem", "unset", "true", "securityContext.readOnlyRootFilesystem: true"),
		at(finding(api.SeverityLow, "secret-in-env", "DB_PASSWORD comes from Secret db, key password: every child process inherits it"),
			"spec.template.spec.containers[0].env[2]", "secretKeyRef", "a file", "mount the Secret as a file"),
		in(at(finding(api.SeverityHigh, "token-mounted", "its token is in app and migrate"),
			"spec.template.spec.automountServiceAccountToken", "unset", "false", "automountServiceAccountToken: false"), ""),
	)
	item.Findings[5].Modifier = "+1: the account has a high right"
	item.Containers = []api.Container{
		{Name: "migrate", Type: api.ContainerInit, Image: "registry.example.com/shop/checkout@" + digest, Settings: goodSettings()},
		{Name: "app", Type: api.ContainerMain, Image: "registry.example.com/shop/checkout@" + digest, Settings: appSettings()},
	}
	item.Settings["automountServiceAccountToken"] = api.Setting{Value: "true", Summary: "mounted", Origin: "unset"}
	for _, f := range item.Findings[:3] {
		item.PodSecurity.Gaps = append(item.PodSecurity.Gaps, api.Gap{
			Check: f.Check, Level: api.LevelRestricted, Container: "app", Path: f.Path, Got: f.Got, Want: f.Want,
		})
	}
	return item
}

func page1(item api.Item, server string) *api.Report {
	return reportOf(server, api.Scope{Namespaces: []string{"shop"}, Targets: []string{"x"}}, item)
}

func fromFile(item api.Item) *api.Report {
	return reportOf("", api.Scope{Files: []string{"deploy/agent.yaml"}}, item)
}

func clean() api.Item {
	item := itemOf("apps/v1", "Deployment", "shop", "cart", 2)
	item.PodSecurity.Level = api.LevelRestricted
	item.Containers = []api.Container{
		{Name: "app", Type: api.ContainerMain, Image: "registry.example.com/shop/cart@" + digest, Settings: goodSettings()},
		{Name: "helper", Type: api.ContainerMain, Image: "registry.example.com/shop/helper@" + digest, Settings: goodSettings()},
	}
	return item
}

// reports are all fixtures by name.
func reports() map[string]*api.Report {
	two := reportOf("", api.Scope{Files: []string{"examples/shop"}}, agent(), clean())
	two.Items[1].Source = &api.Source{File: "examples/shop/cart.yaml", Line: 1}
	all := map[string]*api.Report{
		"namespace":  shop(),
		"checkout":   page1(checkout(), "v1.36.3"),
		"partial":    partial(),
		"privileged": fromFile(agent()),
		"drifted":    page1(drifted(), "v1.36.3"),
		"spaces":     spaces(),
		"longest":    longest(),
		"long-page":  page1(longest().Items[0], "v1.36.3"),
		"clean":      page1(clean(), "v1.36.3"),
		"files":      two,
		"targets": reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}, Targets: []string{"deploy/cart", "deploy/checkout"}},
			clean(), checkout()),
		"empty":       reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}}),
		"empty-files": reportOf("", api.Scope{Files: []string{"a.yaml", "b.yaml"}}),
	}
	maps.Copy(all, identities())
	maps.Copy(all, networks())
	return all
}

func checkDocs() []api.CheckDoc {
	return []api.CheckDoc{
		{
			ID: "allow-priv-escalation", Title: "Container allows privilege escalation", Severity: api.SeverityMedium,
			Standards: []string{"pss:restricted", "cis-1.12:5.2.6"}, ImpliedBy: []string{"privileged"},
			Doc: "Without allowPrivilegeEscalation: false a setuid program gains what the process does not have.",
			Fix: "securityContext.allowPrivilegeEscalation: false", MayBreak: "setuid programs such as su and sudo",
		},
		{
			ID: "privileged", Title: "Container is privileged", Severity: api.SeverityCritical,
			Standards: []string{"pss:baseline", "cis-1.12:5.2.2", "owasp-2025:K01", "attack:T1611"}, ImpliedBy: []string{},
			Doc: "A privileged container has every capability, every device of the node, no seccomp, AppArmor or SELinux " +
				"confinement, and an unmasked /proc: code in it is root on the node. One finding stands for all of these.",
			Fix: "securityContext.privileged: false",
			MayBreak: "programs that load modules, mount, or use devices of the node: give them the one capability or " +
				"device they need",
		},
		{ID: "token-needless", Title: "A token is mounted that nothing uses", Severity: api.SeverityLow, Standards: []string{}, ImpliedBy: []string{}},
	}
}
