package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// leads are where one gets in one step from a place.
type leads struct {
	*Graph
	at place
	// id is who stands there, where it is somebody, with what he has bound to himself.
	id     Identity
	bound  []*binding
	powers []Power
	edges  []edge
	// escalates are the powers by which roles of others can be changed.
	escalates []*Power
}

func (l *leads) isSomebody() bool { return l.Graph != nil }

func (g *Graph) leadsOf(at place, id Identity, bound []*binding) *leads {
	l := &leads{Graph: g, at: at, id: id, bound: bound, powers: g.policy.powersWith(id, bound, g.server)}
	for i := range l.powers {
		l.follow(&l.powers[i])
	}
	l.edges = sortEdges(l.edges)
	return l
}

func (l *leads) add(to place, x *Power) {
	l.edges = append(l.edges, edge{to: to, power: x, does: x.Does()})
}

func (l *leads) follow(x *Power) {
	switch x.Kind {
	case MayDoEverything:
		l.rule(x.rule(), x.Namespace)
	case MayBecomeMaster, MayIssueCertificates:
		l.add(place{kind: placeCluster}, x)
	case MayBindInCluster, MayBindInNamespace:
		l.bind(x)
	case MayEscalate:
		l.escalates = append(l.escalates, x)
		l.raise(l, x)
	case MayIssueNodeCertificates:
		l.add(place{kind: placeNodeName}, x)
	case MayImpersonateUsers:
		l.become(x, rbacv1.UserKind)
		l.becomeNode(x)
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

// readSecrets sees what Secrets hold. Who also changes one that holds a token has the token of
// another account of the namespace put there: see MayReadSecrets.
func (l *leads) readSecrets(x *Power) {
	if len(x.Names) == 0 {
		l.add(place{kind: placeSecrets, namespace: x.Namespace}, x)
		l.add(place{kind: placeTokenSecrets, namespace: x.Namespace}, x)
	}
	for _, secret := range l.world.TokenSecrets {
		named := slices.Contains(x.Names, secret.Name)
		if x.Namespace != "" && secret.Namespace != x.Namespace || !named && len(x.Names) > 0 {
			continue
		}
		if named {
			l.add(placeAs(secret.Account), x)
		}
		beside, may := l.changesSecret(x, secret)
		if may {
			l.with(place{kind: placeAccounts, namespace: secret.Namespace}, x, beside)
		}
	}
}

// changesSecret tells whether a Secret that is read can be changed too, by another power or,
// where that is nil, by the same.
func (l *leads) changesSecret(x *Power, secret TokenSecret) (beside *Power, may bool) {
	if slices.Contains(x.Verbs, "patch") {
		return nil, true
	}
	for i := range l.powers {
		y := &l.powers[i]
		if y.Kind == MayWriteSecrets && (y.Namespace == "" || y.Namespace == secret.Namespace) && y.changes(secret.Name) {
			return y, true
		}
	}
	_, may = l.policy.Allows(l.id, Request{Verb: "update", Resource: "secrets", Namespace: secret.Namespace, Name: secret.Name})
	return nil, may // by a power that MayMakeTokenSecrets implies, which leads as far
}

// with is a step for which another power may be needed beside.
func (l *leads) with(to place, x, beside *Power) {
	e := edge{to: to, power: x, beside: beside, does: x.Does()}
	if beside != nil {
		e.does = beside.Does() + " and " + e.does
	}
	l.edges = append(l.edges, e)
}
