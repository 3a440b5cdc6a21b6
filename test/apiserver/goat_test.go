package apiserver_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// walk is a way from the ServiceAccount app of a namespace to more than it was granted, as
// the server has it and as the plugin tells it. In all texts HERE stands for the namespace,
// THERE for another one, NODE for a node, and each walk has its own of these.
type walk struct {
	name   string
	grants []grant
	// objects are manifests of what is there beside RBAC.
	objects string
	// steps begin with nothing but the token of app. They end with an error where the server
	// refuses one of them, and else at cluster-admin or with the value of a Secret.
	steps func(*walker) error
	// hops are what the plugin says is done on the way to cluster-admin, or anyHops; none
	// where the walk ends elsewhere.
	hops []string
	// secrets is what the plugin says of Secrets that are read on the way, where it should.
	secrets string
	// listed tells that the way leads through a token Secret, which the plugin knows with
	// --secrets alone.
	listed bool
	// refused walks are twins of others: the server forbids a step, and the plugin says that
	// neither the cluster nor any Secret is within reach.
	refused bool
	// unread tells that the answer stands on what the plugin need not read or follow: then
	// unknown is an answer as well.
	unread bool
	// holds is what a twin reaches all the same: an ID of an outcome.
	holds string
}

// anyHops are words of the plugin's own for a way that is not a chain of single rights.
const anyHops = "any"

// TestGoatWalks takes each way on a real API server, with a token alone, and asks the plugin
// before that whether there is one.
func TestGoatWalks(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a Kubernetes API server, which takes minutes to build once: run without -short")
	}
	// It is a control plane of its own: some walks give rights to all accounts. The walks
	// follow one another, each after what the last one left in the cluster is gone.
	control := testkit.StartControlPlane(t, testkit.ControlPlaneOptions{
		APIServerArgs: []string{"--enable-admission-plugins=NodeRestriction"},
	})
	walks := slices.Concat(
		roleWalks(), bindingWalks(), impersonationWalks(), tokenWalks(), secretWalks(), podWalks(), nodeWalks(), certificateWalks(),
	)
	taken, refused := 0, 0
	for _, way := range walks {
		if way.refused {
			refused++
		} else {
			taken++
		}
		t.Run(way.name, func(t *testing.T) { newWalker(t, control, way.name).take(way) })
	}
	if taken < 60 || refused < 50 {
		t.Errorf("%d walks and %d twins", taken, refused)
	}
}

// take makes the plugin's report of the account, and only then walks.
func (w *walker) take(way walk) {
	defer w.remove()
	w.prepare(way)
	args := []string{"explain", "sa/app", "-n", w.here, "-o", "json"}
	if way.listed {
		args = append(args, "--secrets")
	}
	result := testkit.Run(w.T, asAdmin(w.control), args...)
	report := reportOf(w.T, result)
	if result.Code != 0 || len(report.Items) != 1 {
		w.Fatalf("exit code %d, %d items: %s", result.Code, len(report.Items), result.Stderr)
	}
	err := way.steps(w)
	switch {
	case !way.refused && err != nil:
		w.Fatalf("the server does not let it through: %v", err)
	case way.refused && !apierrors.IsForbidden(err):
		w.Fatalf("the server does not forbid it: %v", err)
	}
	w.judge(way, report.Items[0].Outcomes)
}

// judge compares the plugin's outcomes with what the server allowed.
func (w *walker) judge(way walk, outcomes []api.Outcome) {
	for _, o := range outcomes {
		if way.refused && (o.Possible || o.Unknown && !way.unread) && slices.Contains([]string{"cluster", "secrets"}, o.ID) && o.ID != way.holds {
			w.Errorf("the server refuses the way, and the plugin says: %s by %q", textsOf(outcomes, o.ID), doesOf(o))
		}
	}
	if way.refused {
		return
	}
	if len(way.hops) > 0 {
		w.judgeCluster(way, outcomes)
	}
	if way.secrets != "" && !slices.ContainsFunc(outcomes, func(o api.Outcome) bool {
		return o.ID == "secrets" && o.Possible && o.Text == w.named(way.secrets)
	}) {
		w.Errorf("the plugin does not tell of %s: %s", w.named(way.secrets), textsOf(outcomes, "secrets"))
	}
}

func (w *walker) judgeCluster(way walk, outcomes []api.Outcome) {
	at := slices.IndexFunc(outcomes, func(o api.Outcome) bool { return o.ID == "cluster" })
	want := w.named(strings.Join(way.hops, " → "))
	if at >= 0 && way.unread && outcomes[at].Unknown {
		return
	}
	if at < 0 || !outcomes[at].Possible {
		w.Errorf("the walk ends at cluster-admin, and the plugin says: %s", textsOf(outcomes, "cluster"))
		return
	}
	o := outcomes[at]
	if got := strings.Join(doesOf(o), " → "); got != want && want != anyHops {
		w.Errorf("the plugin goes another way:\n got %s\nwant %s", got, want)
	}
	who := "ServiceAccount " + w.here + "/app"
	for _, hop := range o.Hops {
		if hop.Subject != who || hop.Becomes == "" {
			w.Errorf("hop %q of %q follows %q", hop.Does, hop.Subject, who)
		}
		if byRight := !strings.HasSuffix(hop.Does, "tokens of its pods"); byRight != (hop.Via.Binding != "") {
			w.Errorf("hop %q stands on %+v", hop.Does, hop.Via)
		}
		who = hop.Becomes
	}
	if who != "cluster-admin" || o.Severity != api.SeverityCritical || o.Fix == "" {
		w.Errorf("the path ends at %q with severity %s and fix %q", who, o.Severity, o.Fix)
	}
}

func doesOf(o api.Outcome) []string {
	var does []string
	for _, hop := range o.Hops {
		does = append(does, hop.Does)
	}
	return does
}

// textsOf are the outcomes with an ID as texts.
func textsOf(outcomes []api.Outcome, id string) string {
	var texts []string
	for _, o := range outcomes {
		if o.ID == id {
			state := map[bool]string{o.Possible: "possible", o.Unknown: "unknown"}[true]
			texts = append(texts, cmp.Or(state, "not possible")+": "+o.Text+", "+o.Detail)
		}
	}
	return strings.Join(texts, "; ")
}
