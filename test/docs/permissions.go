package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// permission is a command line with the rights that it needs.
type permission struct {
	command, text string
	needs         []cluster.Need
}

// writePermissions writes the rights that each command needs, from where the reads declare
// them.
func writePermissions() error {
	query := cluster.Query{Namespace: "shop", Reach: func(*cluster.Inventory) cluster.Reach { return nil }}
	all, named, secrets, traffic, rights, flows, revisions := query, query, query, query, query, query, query
	all.Namespace = ""
	named.Targets = []cluster.Target{{Type: "deploy", Name: "checkout"}}
	secrets.Secrets, traffic.Traffic, rights.Rights, rights.Targets, flows.Flows, revisions.Revisions = true, true, true, named.Targets, true, true
	var b strings.Builder
	b.WriteString("# Permissions\n\nWritten by `make docs`. What each command asks of the API server, and why. " +
		"`kubectl harden gen role --self=COMMAND` writes the same as roles to apply, for any command line.\n\n" +
		"Nothing is needed for `/version` and discovery, which every authenticated user may read, and none of it changes an object. " +
		"Not listed is to get the custom objects that own pods, such as an Argo Rollout: the cluster alone knows which there are. " +
		"Without a right a command still answers; what hangs on it is `unknown`.\n")
	permissions := []permission{
		{command: "explain -n shop", text: "The same for `explain serviceaccount/NAME` and `explain secret/NAME`."},
		{command: "explain -A"},
		{command: "explain deploy/checkout -n shop", text: "Other types differ in the objects between pods and their workload."},
		{command: "snapshot", text: "Those of `explain` with the same arguments, and with -A those of `gen netpol`."},
		{command: "--secrets", text: "Beside those of the command:"},
		{command: "--verify", text: "Beside those of the command:", needs: cluster.ReviewNeeds()},
		{command: "can-reach -n shop", text: "With `--to-namespace` the same there."},
		{command: "gen role deploy/checkout -n shop --from FILE", text: "To find the account, and what is in force besides. With `--serviceaccount`, `--user`, `--group`, and for `prove`, those of `rbac.authorization.k8s.io` alone; with `--local` nothing."},
		{command: "gen netpol -n shop --from FILE", text: "The same for `observe --from FILE` where the file has flows. An address may be that of a pod of any namespace: with no more than rights in its own, policies are written for what is known there. With `--local` nothing."},
		{command: "--from audit", text: "Beside those of the command; `observe` needs no others.", needs: cluster.AuditNeeds()},
		{command: "explain -f FILE", text: "With `--local` nothing.", needs: cluster.FactNeeds()},
		{command: "diff", text: "Those of `explain` with the same arguments, and with `--baseline context:NAME` the same in the other cluster. With `-f` those of `explain -n` for each namespace of the files; with `--local`, nothing. With `--baseline revision:N` besides:"},
		{command: "gen baseline", text: "Those of `explain` with the same arguments."},
		{command: "gen patch deploy/checkout -n shop", text: "Those of `explain` with the same arguments. They prove the patch. Whether the API server would take it is asked by a dry run, for which it wants `patch` of the workload, or `create` where an object has to be replaced, although nothing is stored; without that right the answer says that it was not asked. `gen role --self` leaves it out."},
	}
	for i, q := range map[int]cluster.Query{0: query, 1: all, 2: named, 4: secrets, 6: traffic, 7: rights, 8: flows, 11: revisions} {
		needs, err := cluster.Needs(q)
		if err != nil {
			return err
		}
		permissions[i].needs = needs
	}
	permissions[4].needs = onlyNew(permissions[4].needs, permissions[0].needs)
	permissions[11].needs = slices.DeleteFunc(permissions[11].needs, func(n cluster.Need) bool { return n.Resource != "controllerrevisions" })
	for _, p := range permissions {
		drafts, err := rbac.Draft(p.needs)
		if err != nil {
			return err
		}
		writePermission(&b, p, drafts)
	}
	return os.WriteFile("docs/permissions.md", []byte(b.String()), 0o644)
}

// onlyNew are the needs that are not among others.
func onlyNew(needs, others []cluster.Need) []cluster.Need {
	known := map[cluster.Need]bool{}
	for _, n := range others {
		known[n] = true
	}
	var out []cluster.Need
	for _, n := range needs {
		if !known[n] {
			out = append(out, n)
		}
	}
	return out
}

func writePermission(b *strings.Builder, p permission, drafts []api.RoleDraft) {
	fmt.Fprintf(b, "\n## %s\n", p.command)
	if p.text != "" {
		b.WriteString("\n" + p.text + "\n")
	}
	if len(drafts) == 0 {
		return
	}
	b.WriteString("\n| where | verbs | resource | for |\n| --- | --- | --- | --- |\n")
	for _, d := range drafts {
		where := "cluster"
		if d.Namespace != "" {
			where = "namespace " + d.Namespace
		}
		for _, r := range d.Rules {
			resource := strings.TrimSuffix(r.Resources[0]+"."+r.APIGroups[0], ".")
			if len(r.ResourceNames) > 0 {
				resource += " " + strings.Join(r.ResourceNames, ", ")
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", where, strings.Join(r.Verbs, ", "), resource, strings.ReplaceAll(r.Reason, " | ", "<br>"))
		}
	}
}
