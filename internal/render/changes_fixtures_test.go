package render

import "github.com/kubectl-harden/kubectl-harden/internal/api"

func workloadRef(kind, name string) api.Ref {
	group := "apps/v1"
	if kind == "CronJob" {
		group = "batch/v1"
	}
	return api.Ref{APIVersion: group, Kind: kind, Namespace: "shop", Name: name}
}

// shopChanges are those of a namespace since its baseline.
func shopChanges() *api.Changes {
	deploy := func(name string) api.Ref { return workloadRef("Deployment", name) }
	unread := "was unknown: get configmaps/kubelet-config in kube-system"
	c := &api.Changes{
		APIVersion: api.Version, Kind: api.KindChanges, Baseline: "shop-baseline.yaml", Posture: "live",
		Scope:   api.Scope{Namespaces: []string{"shop"}, Targets: []string{}, Files: []string{}},
		Summary: api.ChangeSummary{New: 2, Worsened: 2, Incomparable: 3, Resolved: 3, Accepted: 7, Unchanged: 37, Unknown: 2, Workloads: 8},
		Levels:  []api.LevelChange{{Ref: deploy("cart"), Was: api.LevelBaseline, Now: api.LevelRestricted}},
		Unknown: []api.Unread{{What: "kubelet configuration", Verb: "get", Resource: "configmaps/kubelet-config", Namespace: "kube-system", Reason: "forbidden"}},
		Notes:   []string{"the acceptance of host-pid for DaemonSet shop/node-agent matches nothing: it was mended, renamed or is written otherwise"},
		Changes: []api.Change{
			{
				State: api.ChangeNew, Ref: deploy("checkout"), Check: "sa-secrets", Severity: api.SeverityHigh, Subject: "get,list,watch/secrets",
				Now: &api.Finding{Check: "sa-secrets", Message: "get list watch, any name", Fingerprint: "aa"}, Text: "was get secrets named payment-keys in shop",
			},
			{State: api.ChangeNew, Ref: deploy("web"), Severity: api.SeverityLow, Fact: `ingress from "pods app=probe of namespace ops" 8080`},
			{
				State: api.ChangeWorsened, Ref: deploy("checkout"), Check: "token-mounted", Severity: api.SeverityHigh,
				Now: &api.Finding{Check: "token-mounted", Message: "a token", Fingerprint: "bb"}, Was: &api.Finding{Severity: api.SeverityMedium}, Text: "was medium; a high right since",
			},
			{State: api.ChangeWorsened, Ref: deploy("mail"), Severity: api.SeverityLow, Fact: "main:mail mount persistentVolumeClaim mails read-write", Container: "mail", Text: "was persistentVolumeClaim mails read-only"},
		},
	}
	for _, ref := range []api.Ref{deploy("checkout"), deploy("mail"), workloadRef("StatefulSet", "redis")} {
		c.Changes = append(c.Changes, api.Change{State: api.ChangeIncomparable, Ref: ref, Check: "seccomp-unset", Severity: api.SeverityMedium, Text: unread})
	}
	for _, check := range []string{"allow-priv-escalation", "caps-not-dropped"} {
		c.Changes = append(c.Changes, api.Change{State: api.ChangeResolved, Ref: deploy("cart"), Check: check, Severity: api.SeverityMedium, Container: "cart"})
	}
	c.Changes = append(c.Changes,
		api.Change{State: api.ChangeResolved, Ref: deploy("catalog"), Check: "image-mutable", Severity: api.SeverityLow, Container: "catalog"},
		api.Change{State: api.ChangeAccepted, Ref: workloadRef("CronJob", "nightly"), Check: "hostpath-any", Severity: api.SeverityMedium, Subject: "volume:backup", Text: "in the baseline, until 2027-01-31", Now: &api.Finding{Acceptance: &api.Acceptance{Reason: "SEC-12", Origin: "baseline"}}})
	for i := range c.Changes {
		for _, f := range []*api.Finding{c.Changes[i].Now, c.Changes[i].Was} {
			if f != nil && f.Severity == "" {
				f.Severity = c.Changes[i].Severity
			}
		}
	}
	for _, check := range []string{"hostpath-escape", "privileged", "host-network", "host-pid", "hostnetwork-bypass", "run-as-root-observed"} {
		c.Changes = append(c.Changes, api.Change{State: api.ChangeAccepted, Ref: workloadRef("DaemonSet", "node-agent"), Check: check, Severity: api.SeverityHigh, Text: "by annotation, until 2027-01-31"})
	}
	return c
}

// fileChanges are those that a file would make.
func fileChanges() *api.Changes {
	ref := workloadRef("Deployment", "checkout")
	c := &api.Changes{
		APIVersion: api.Version, Kind: api.KindChanges, Baseline: "live", Posture: "new.yaml", Scope: api.Scope{Files: []string{"new.yaml"}},
		Summary: api.ChangeSummary{New: 1, Resolved: 3, Unchanged: 6, Workloads: 1},
		Levels:  []api.LevelChange{{Ref: ref, Was: api.LevelBaseline, Now: api.LevelRestricted}},
		Unknown: []api.Unread{}, Notes: []string{},
		Changes: []api.Change{{
			State: api.ChangeNew, Ref: ref, Check: "image-mutable", Severity: api.SeverityLow, Container: "app", File: "new.yaml", Line: 31,
			Now: &api.Finding{Check: "image-mutable", Severity: api.SeverityLow, Message: "tag 4.3.0, no digest", Fingerprint: "cc"},
		}},
	}
	for _, check := range []string{"allow-priv-escalation", "caps-not-dropped", "seccomp-unset"} {
		c.Changes = append(c.Changes, api.Change{State: api.ChangeResolved, Ref: ref, Check: check, Severity: api.SeverityMedium, Container: "app", File: "new.yaml", Line: 12})
	}
	return c
}

// noChanges are those of a thing and itself.
func noChanges() *api.Changes {
	return &api.Changes{
		APIVersion: api.Version, Kind: api.KindChanges, Baseline: "a", Posture: "a", Summary: api.ChangeSummary{Unchanged: 12, Workloads: 2},
		Changes: []api.Change{}, Levels: []api.LevelChange{}, Unknown: []api.Unread{}, Notes: []string{},
	}
}
