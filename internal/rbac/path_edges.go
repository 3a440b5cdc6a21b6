package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// leads collects where one identity gets in one step.
type leads struct {
	*Graph
	id     Identity
	powers []Power
	edges  []edge
}

func (g *Graph) fromIdentity(id Identity) []edge {
	l := leads{Graph: g, id: id, powers: g.policy.Powers(id, g.server)}
	for i := range l.powers {
		l.follow(&l.powers[i])
	}
	return sortEdges(l.edges)
}

func (l *leads) add(to place, x *Power) {
	l.edges = append(l.edges, edge{to: to, power: x, does: x.Does()})
}

func (l *leads) follow(x *Power) {
	switch x.Kind {
	case MayDoEverything:
		l.rule(x, x.Namespace)
	case MayBecomeMaster, MayIssueCertificates:
		l.add(place{kind: placeCluster}, x)
	case MayBindInCluster, MayBindInNamespace:
		l.bind(x)
	case MayEscalate:
		l.escalate(x)
	case MayIssueNodeCertificates:
		l.add(place{kind: placeNodeName}, x)
	case MayImpersonateUsers:
		l.become(x, rbacv1.UserKind)
	case MayImpersonateGroups:
		l.become(x, rbacv1.GroupKind)
	case MayImpersonateAccounts, MayMintTokens:
		l.accounts(x, x.Names)
	case MayMakeTokenSecrets:
		l.accounts(x, nil)
	case MayReadSecrets:
		l.readSecrets(x)
	case MayCreatePods, MayWriteTemplates:
		l.makePods(x)
	case MayExec, MayDebug, MayChangePods, MayProxyNodes:
		l.enterPods(x)
	}
}

// rule is all that a namespace gives, with the label of the Namespace that lets privileged
// pods in; or all of the cluster where the power is one of the cluster.
func (l *leads) rule(x *Power, namespace string) {
	if namespace == "" && x.Kind != MayBindInNamespace {
		l.add(place{kind: placeCluster}, x)
		return
	}
	l.add(place{kind: placeAccounts, namespace: namespace}, x)
	l.add(place{kind: placeSecrets, namespace: namespace}, x)
	l.add(place{kind: placeNode}, x)
}

// bind leads on where a role that may be bound holds everything.
func (l *leads) bind(x *Power) {
	kind, namespace := kindClusterRole, x.Namespace
	if x.Resource == "roles" {
		kind = kindRole
	} else {
		namespace = ""
	}
	if len(x.Names) == 0 && kind == kindClusterRole {
		l.rule(x, x.Namespace) // cluster-admin is among them
		return
	}
	for key, role := range l.policy.roles {
		if key.namespace == "" != (kind == kindClusterRole) || namespace != "" && key.namespace != namespace {
			continue
		}
		if len(x.Names) > 0 && !slices.Contains(x.Names, key.name) || !slices.ContainsFunc(role.rules, isEverything) {
			continue
		}
		if kind == kindRole {
			l.rule(x, key.namespace)
		} else {
			l.rule(x, x.Namespace)
		}
	}
	if kind == kindClusterRole && slices.Contains(x.Names, "cluster-admin") {
		l.rule(x, x.Namespace)
	}
}

// escalate leads on where a role that may be changed is held.
func (l *leads) escalate(x *Power) {
	if !slices.Contains(x.Verbs, "patch") && !slices.Contains(x.Verbs, "update") {
		return
	}
	kind := kindClusterRole
	if x.Resource == "roles" {
		kind = kindRole
	}
	for h := range merged(l.policy.lists(l.id)) {
		role, at := h.binding.role.ref, h.binding.ref.Namespace
		if role.Kind != kind || kind == kindRole && x.Namespace != "" && x.Namespace != at {
			continue
		}
		if len(x.Names) == 0 || slices.Contains(x.Names, role.Name) {
			l.rule(x, at)
		}
	}
}

func (l *leads) become(x *Power, kind string) {
	for _, name := range x.Names {
		l.add(placeAs(Subject{Kind: kind, Name: name}), x)
	}
}

// accounts are those of the power's namespace, or those of the names alone.
func (l *leads) accounts(x *Power, names []string) {
	if len(names) == 0 {
		l.add(place{kind: placeAccounts, namespace: x.Namespace}, x)
		return
	}
	for _, account := range l.world.Accounts {
		if (x.Namespace == "" || account.Namespace == x.Namespace) && slices.Contains(names, account.Name) {
			l.add(placeAs(account), x)
		}
	}
	if x.Namespace == "" || len(l.world.Accounts) > 0 {
		return
	}
	for _, name := range names { // nobody knows whether they are there
		l.add(place{rbacv1.ServiceAccountKind, x.Namespace, name}, x)
	}
}

func (l *leads) readSecrets(x *Power) {
	if len(x.Names) == 0 {
		l.add(place{kind: placeSecrets, namespace: x.Namespace}, x)
		l.add(place{kind: placeTokenSecrets, namespace: x.Namespace}, x)
		return
	}
	for _, secret := range l.world.TokenSecrets {
		if (x.Namespace == "" || secret.Namespace == x.Namespace) && slices.Contains(x.Names, secret.Name) {
			l.add(placeAs(secret.Account), x)
		}
	}
}

// enterPods runs code in pods, which have tokens and may be root on their nodes.
func (l *leads) enterPods(x *Power) {
	switch {
	case len(x.Names) == 0:
		l.add(place{kind: placePods, namespace: x.Namespace}, x)
	case x.Kind == MayProxyNodes:
		for _, node := range x.Names {
			l.add(place{kind: placePodsOf, name: node}, x)
		}
	default:
		for i := range l.world.Pods {
			pod := &l.world.Pods[i]
			if (x.Namespace == "" || pod.Namespace == x.Namespace) && slices.Contains(x.Names, pod.Name) {
				for _, to := range pod.gives("") {
					l.add(to, x)
				}
			}
		}
	}
}
