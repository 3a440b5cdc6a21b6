package compare_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// world is a workload with its rights and policies, as a model: it knows what is allowed without
// the packages that are tested.
type world struct {
	containers []box
	rights     []grant
	// closed tells that policies select the pods for ingress.
	closed bool
	lets   []let
}

// box is a container.
type box struct {
	name                    string
	escalates, writes, adds bool
	// secret and folder are empty for none; key is one of the secret's.
	secret, key, folder string
	folderWritable      bool
	// hungry and greedy have no limit of memory and of disk.
	hungry, greedy bool
}

// grant is one rule; an empty name is any.
type grant struct{ verb, resource, name, namespace string }

// let is one peer with one port, or all where port is 0.
type let struct {
	peer string
	port int
}

func draw(r *rand.Rand) world {
	w := world{closed: true}
	for i := range 1 + r.IntN(3) {
		w.containers = append(w.containers, box{name: fmt.Sprintf("c%d", i)})
	}
	for range 8 {
		w.mutate(r)
	}
	return w
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// mutate changes one thing.
func (w *world) mutate(r *rand.Rand) {
	w.containers, w.rights, w.lets = slices.Clone(w.containers), slices.Clone(w.rights), slices.Clone(w.lets)
	c := &w.containers[r.IntN(len(w.containers))]
	switch r.IntN(10) {
	case 0:
		c.escalates = !c.escalates
	case 1:
		c.writes = !c.writes
	case 2:
		c.adds = !c.adds
	case 3:
		c.secret, c.key = pick(r, "", "db", "mail"), pick(r, "k", "l")
	case 9:
		c.hungry, c.greedy = r.IntN(2) == 0, r.IntN(2) == 0
	case 4:
		c.folder, c.folderWritable = pick(r, "", "/data", "/data/in", "/srv"), r.IntN(2) == 0
	case 5, 6:
		g := grant{pick(r, "get", "list", "watch"), pick(r, "configmaps", "endpoints", "events"), pick(r, "", "a", "b"), pick(r, "shop", "other")}
		if at := slices.Index(w.rights, g); at >= 0 {
			w.rights = slices.Delete(w.rights, at, at+1)
		} else {
			w.rights = append(w.rights, g)
		}
	default:
		l := let{pick(r, "x", "z", "every", "10.1.0.0/16", "10.1.2.0/24", "anyone"), pick(r, 80, 81, 82)}
		if at := slices.Index(w.lets, l); at >= 0 {
			w.lets = slices.Delete(w.lets, at, at+1)
		} else {
			w.lets = append(w.lets, l)
		}
	}
}

// manifests write the world in one of many ways, all of which mean the same.
func (w world) manifests(r *rand.Rand) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: %d\n", r.IntN(9))
	b.WriteString(`  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      automountServiceAccountToken: false
      serviceAccountName: web
      securityContext: {runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
      containers:
`)
	boxes := slices.Clone(w.containers)
	r.Shuffle(len(boxes), func(i, k int) { boxes[i], boxes[k] = boxes[k], boxes[i] })
	var volumes []string
	for _, c := range boxes {
		volumes = append(volumes, c.write(&b, r)...)
	}
	r.Shuffle(len(volumes), func(i, k int) { volumes[i], volumes[k] = volumes[k], volumes[i] })
	fmt.Fprintf(&b, "      volumes: [%s]\n", strings.Join(volumes, ", "))
	w.writeRights(&b, r)
	w.writePolicies(&b, r)
	return b.String()
}

func (c box) write(b *strings.Builder, r *rand.Rand) (volumes []string) {
	adds := ""
	if c.adds {
		adds = ", add: [SYS_TIME]"
	}
	fmt.Fprintf(b, `      - name: %s
        image: registry.example/app@sha256:%064x
        securityContext: {allowPrivilegeEscalation: %t, readOnlyRootFilesystem: %t, capabilities: {drop: [ALL]%s}}
        resources: {limits: {cpu: "1"%s}}
`, c.name, r.Uint64(), c.escalates, !c.writes, adds, c.limits())
	if c.secret != "" {
		fmt.Fprintf(b, "        env: [{name: S, valueFrom: {secretKeyRef: {name: %s, key: %s}}}]\n", c.secret, c.key)
	}
	if c.folder != "" {
		fmt.Fprintf(b, "        volumeMounts: [{name: v-%s, mountPath: /mnt%d, readOnly: %t}]\n", c.name, r.IntN(5), !c.folderWritable)
		volumes = append(volumes, fmt.Sprintf("{name: v-%s, hostPath: {path: %s}}", c.name, c.folder))
	}
	return volumes
}

func (c box) limits() (text string) {
	if !c.hungry {
		text += ", memory: 64Mi"
	}
	if !c.greedy {
		text += ", ephemeral-storage: 64Mi"
	}
	return text
}

// writeRights spreads the grants over roles, with some of them twice.
func (w world) writeRights(b *strings.Builder, r *rand.Rand) {
	roles := map[string][]string{}
	for _, g := range slices.Concat(w.rights, w.rights[:r.IntN(len(w.rights)+1)]) {
		role := fmt.Sprintf("%s/r%d", g.namespace, r.IntN(3))
		names := ""
		if g.name != "" {
			names = ", resourceNames: [" + g.name + "]"
		}
		roles[role] = append(roles[role], fmt.Sprintf(`{apiGroups: [""], resources: [%s]%s, verbs: [%s]}`, g.resource, names, g.verb))
	}
	for role, rules := range roles {
		namespace, name, _ := strings.Cut(role, "/")
		fmt.Fprintf(b, `---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: %[1]s, namespace: %[2]s}, rules: [%[3]s]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: %[1]s, namespace: %[2]s}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: %[1]s}, subjects: [{kind: ServiceAccount, name: web, namespace: shop}]}
`, name, namespace, strings.Join(rules, ", "))
	}
}

// writePolicies spreads what is let through over policies.
func (w world) writePolicies(b *strings.Builder, r *rand.Rand) {
	const head = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: shop}\nspec: {podSelector: {matchLabels: {app: web}}, policyTypes: [%s], %s: [%s]}\n"
	fmt.Fprintf(b, head, "out", "Egress", "egress", "")
	policies := map[int][]string{0: nil}
	for _, l := range w.lets {
		peer := ""
		switch {
		case strings.Contains(l.peer, "/"):
			peer = fmt.Sprintf("from: [{ipBlock: {cidr: %s}}], ", l.peer)
		case l.peer == "every":
			peer = "from: [{podSelector: {}}], "
		case l.peer != "anyone" && r.IntN(2) == 0:
			peer = fmt.Sprintf("from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [%s]}]}}], ", l.peer)
		case l.peer != "anyone":
			peer = fmt.Sprintf("from: [{podSelector: {matchLabels: {app: %s}}}], ", l.peer)
		}
		at := r.IntN(3)
		policies[at] = append(policies[at], fmt.Sprintf("{%sports: [{port: %d}]}", peer, l.port))
	}
	for _, rules := range policies {
		fmt.Fprintf(b, head, fmt.Sprintf("p%d", r.Uint32()), "Ingress", "ingress", strings.Join(rules, ", "))
	}
}

// holds is all that the world lets happen, one request at a time.
func (w world) holds() map[string]bool {
	out := map[string]bool{}
	for _, c := range w.containers {
		for what, on := range map[string]bool{
			"allow-priv-escalation": c.escalates, "rootfs-writable": c.writes, "caps-added": c.adds,
			"secret-in-env " + c.secret: c.secret != "", "key " + c.secret + "/" + c.key: c.secret != "",
			"no-limit memory": c.hungry, "no-limit disk": c.greedy,
		} {
			if on {
				out[c.name+" "+what] = true
			}
		}
		for _, path := range []string{"/data", "/data/in", "/srv"} {
			if c.folder != "" && strings.HasPrefix(path+"/", c.folder+"/") {
				out[c.name+" mount "+path+" read-only"] = true
				if c.folderWritable {
					out[c.name+" mount "+path+" read-write"] = true
				}
			}
		}
	}
	for _, g := range w.rights {
		for _, name := range []string{"a", "b", "any"} {
			if g.name == "" || g.name == name {
				out[strings.Join([]string{"right", g.verb, g.resource, name, g.namespace}, " ")] = true
			}
		}
	}
	for _, l := range w.lets {
		for _, peer := range []string{"x", "z", "every", "10.1.0.0/16", "10.1.2.0/24", "anyone"} {
			if l.peer == peer || l.peer == "anyone" || l.peer == "every" && (peer == "x" || peer == "z") || l.peer == "10.1.0.0/16" && peer == "10.1.2.0/24" {
				out[fmt.Sprintf("ingress %s %d", peer, l.port)] = true
			}
		}
	}
	return out
}
