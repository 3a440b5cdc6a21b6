package cluster

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// revisionAnnotation numbers the ReplicaSets of a Deployment
// (k8s.io/kubectl/pkg/util/deployment, RevisionAnnotation).
const revisionAnnotation = "deployment.kubernetes.io/revision"

func revisionKind() kind { return builtin("apps", "ControllerRevision", "controllerrevisions", "") }

// revision is a pod template that a workload had.
type revision struct {
	number   int64
	template *corev1.PodTemplateSpec
}

// revisions reads the ControllerRevisions of StatefulSets and DaemonSets. A Deployment has its
// ReplicaSets.
func (c *collector) revisions() []read {
	if !c.query.Revisions || !hasRevisions(c.query.Targets) {
		return nil
	}
	return []read{c.list(revisionKind(), c.query.Namespace, "")}
}

// hasRevisions tells targets of which some may have ControllerRevisions.
func hasRevisions(targets []Target) bool {
	without := func(t Target) bool {
		name := strings.ToLower(t.Type)
		return builtinKind("Deployment").named(name) || builtinKind("ReplicaSet").named(name)
	}
	return len(targets) == 0 || slices.ContainsFunc(targets, func(t Target) bool { return !without(t) })
}

// addRevision keeps the template of a ControllerRevision.
func (inv *Inventory) addRevision(r *appsv1.ControllerRevision) {
	up := controllerOf(&r.ObjectMeta)
	if up == nil {
		return
	}
	key := parentKey(ownerKey{namespace: r.Namespace}, up)
	template, err := revisionTemplate(r)
	if err != nil {
		template = nil // the number is there, and cannot be used
	}
	inv.revisions[key] = append(inv.revisions[key], revision{r.Revision, template})
}

// revisionData is what StatefulSets and DaemonSets keep of a revision: a patch that replaces their
// template (pkg/controller/daemon/update.go and pkg/controller/statefulset/stateful_set_utils.go of
// k8s.io/kubernetes, getPatch).
type revisionData struct {
	Spec struct {
		Template *struct {
			Patch                  string `json:"$patch"`
			corev1.PodTemplateSpec `json:",inline"`
		} `json:"template"`
	} `json:"spec"`
}

func revisionTemplate(r *appsv1.ControllerRevision) (*corev1.PodTemplateSpec, error) {
	var data revisionData
	if err := json.Unmarshal(r.Data.Raw, &data); err != nil {
		return nil, err
	}
	if data.Spec.Template == nil || data.Spec.Template.Patch != "replace" {
		return nil, errors.New("it is no whole template")
	}
	return &data.Spec.Template.PodTemplateSpec, nil
}

// reduceRevision leaves of a revision its template, without credentials.
func reduceRevision(r *appsv1.ControllerRevision) {
	template, err := revisionTemplate(r)
	r.Data.Raw, r.ManagedFields = []byte("{}"), nil
	reduceAnnotations(r)
	if err != nil {
		return
	}
	reduceAnnotations(template)
	redactPodSpec(&template.Spec)
	var data struct {
		Spec struct {
			Template map[string]any `json:"template"`
		} `json:"spec"`
	}
	raw, err := json.Marshal(template)
	if err != nil || json.Unmarshal(raw, &data.Spec.Template) != nil {
		return
	}
	data.Spec.Template["$patch"] = "replace"
	if raw, err = json.Marshal(data); err == nil {
		r.Data.Raw = raw
	}
}

// Rewind gives a workload the pod template that it had, and returns its number: that number as
// kubectl rollout history has it, or where it is negative one before the present. The error says why
// it has none.
func (inv *Inventory) Rewind(ref api.Ref, number int64) (int64, error) {
	key := keyOf(ref)
	past, err := inv.history(key)
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(past, func(r revision) bool { return r.number == number })
	if number < 0 {
		present := len(past)
		if n := len(past); n > 0 && past[n-1].template != nil && sameTemplate(past[n-1].template, inv.owners[key].templates[0]) {
			present--
		}
		at = present + int(max(number, -int64(len(past))-1))
	}
	if at < 0 {
		return 0, noRevision(past, number)
	}
	if past[at].template == nil {
		return 0, fmt.Errorf("revision %d cannot be read: it is no whole pod template", past[at].number)
	}
	o := *inv.owners[key]
	t := o.templates[0]
	defaultVolumes(&past[at].template.Spec)
	t.Meta, t.Spec = &past[at].template.ObjectMeta, &past[at].template.Spec
	o.templates = []workload.Template{t}
	inv.owners[key] = &o
	return past[at].number, nil
}

func noRevision(past []revision, number int64) error {
	switch {
	case len(past) == 0:
		return errors.New("it has no revisions")
	case number < 0 && len(past) == 1:
		return fmt.Errorf("there is no revision before %d", past[0].number)
	case number < 0:
		return fmt.Errorf("it does not go back that far: its revisions are %s", numbers(past))
	}
	return fmt.Errorf("it has no revision %d: its revisions are %s", number, numbers(past))
}

func numbers(past []revision) string {
	words := make([]string, len(past))
	for i, r := range past {
		words[i] = strconv.FormatInt(r.number, 10)
	}
	return strings.Join(words, ", ")
}

// history are the revisions of a workload that are kept, the oldest first.
func (inv *Inventory) history(key ownerKey) ([]revision, error) {
	switch {
	case key.group != "apps" || !slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet"}, key.kind):
		return nil, fmt.Errorf("a %s keeps no revisions", key.kind)
	case !inv.hasTemplate(key):
		return nil, inv.TemplateUnread(inv.refOf(key))
	case key.kind == "StatefulSet" || key.kind == "DaemonSet":
		if why := inv.Failed("apps", revisionKind().gvr.Resource, key.namespace); why != "" {
			return nil, errors.New(why)
		}
		return sortRevisions(inv.revisions[key]), nil
	}
	if why := inv.Failed("apps", builtinKind("ReplicaSet").gvr.Resource, key.namespace); why != "" {
		return nil, errors.New(why)
	}
	return sortRevisions(inv.replicaSets(key)), nil
}

// TemplateUnread says why a workload was read without its template, with the read that failed.
func (inv *Inventory) TemplateUnread(ref api.Ref) error {
	resource := strings.ToLower(ref.Kind) + "s"
	for _, u := range inv.Unread {
		read, name, named := strings.Cut(u.Resource, "/")
		if u.Group == ref.Group() && read == resource && (u.Namespace == "" || u.Namespace == ref.Namespace) && (!named || name == ref.Name) {
			return fmt.Errorf("%s %s: %s", u.Verb, strings.TrimSuffix(resource+"."+u.Group, "."), u.Reason)
		}
	}
	return errors.New("it was read without a pod template")
}

// replicaSets are the revisions of a Deployment.
func (inv *Inventory) replicaSets(key ownerKey) []revision {
	var out []revision
	for at, o := range inv.owners {
		if at.kind != "ReplicaSet" || at.group != key.group || at.namespace != key.namespace || len(o.templates) == 0 {
			continue
		}
		up := controllerOf(o.meta)
		if up == nil || parentKey(at, up) != key || up.UID != inv.owners[key].meta.UID {
			continue
		}
		number, err := strconv.ParseInt(o.meta.Annotations[revisionAnnotation], 10, 64)
		if err != nil {
			continue
		}
		template := corev1.PodTemplateSpec{ObjectMeta: *o.templates[0].Meta.DeepCopy(), Spec: *o.templates[0].Spec.DeepCopy()}
		for _, label := range hashLabels() {
			delete(template.Labels, label)
		}
		out = append(out, revision{number, &template})
	}
	return out
}

func sortRevisions(past []revision) []revision {
	past = slices.Clone(past)
	slices.SortFunc(past, func(a, b revision) int { return cmp.Compare(a.number, b.number) })
	return slices.CompactFunc(past, func(a, b revision) bool { return a.number == b.number })
}

// sameTemplate compares as a Deployment finds its new ReplicaSet
// (k8s.io/kubectl/pkg/util/deployment, equalIgnoreHash).
func sameTemplate(past *corev1.PodTemplateSpec, now workload.Template) bool {
	a, b := past.DeepCopy(), corev1.PodTemplateSpec{ObjectMeta: *now.Meta.DeepCopy(), Spec: *now.Spec.DeepCopy()}
	defaultVolumes(&a.Spec)
	for _, label := range hashLabels() {
		delete(a.Labels, label)
		delete(b.Labels, label)
	}
	return apiequality.Semantic.DeepEqual(*a, b)
}
