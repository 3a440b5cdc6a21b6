package resolve_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
)

const deletion = "2026-03-01T12:20:00Z"

// report is a pod of a CronJob that ran from ten past noon until twenty past, as it is deleted.
func report(name, owner, address string) string {
	const text = `---
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: shop, deletionTimestamp: "DELETED", ownerReferences: [{apiVersion: batch/v1, kind: Job, name: OWNER, uid: u, controller: true}]}
spec: {nodeName: node-a, containers: [{name: c, image: i}]}
status: {phase: Succeeded, startTime: "2026-03-01T12:10:00Z", podIPs: [{ip: ADDRESS}]}
`
	return strings.NewReplacer("NAME", name, "OWNER", owner, "ADDRESS", address, "DELETED", deletion).Replace(text)
}

// TestEndedPods: an address was that of a pod that has ended from its start until its end.
func TestEndedPods(t *testing.T) {
	const start, end = noon + 600, noon + 1200
	const once, twice, never, shared = "10.244.1.100", "10.244.1.101", "10.244.1.102", "10.244.1.103"
	inv := inventory(t, shopText(t)+report("a", "once", once)+report("b", "twice", twice)+report("c", "twice", twice)+
		strings.Replace(report("d", "never", never), `deletionTimestamp: "`+deletion+`", `, "", 1)+
		report("e", "one", shared)+report("f", "other", shared))
	const ended = " (the pod of this address has ended) > Deployment shop/cart TCP 8080"
	for name, c := range map[string]struct {
		address string
		time    int64
		want    string
	}{
		"its start":        {once, start, "Job shop/once > Deployment shop/cart TCP 8080"},
		"its end":          {once, end, "Job shop/once > Deployment shop/cart TCP 8080"},
		"just after":       {once, end + 60, "Job shop/once > Deployment shop/cart TCP 8080"},
		"before":           {once, start - 1, once + ended},
		"long after":       {once, end + 61, once + ended},
		"no time":          {once, 0, once + ended},
		"two of one":       {twice, start, "Job shop/twice > Deployment shop/cart TCP 8080"},
		"two of two":       {shared, start, shared + ended},
		"no end is known":  {never, start, never + ended},
		"of the cluster's": {"10.244.1.77", start, "10.244.1.77" + ended},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, run(inv, []*flow.Flow{tcp(c.address+":40000 > "+cart+":8080", at(c.time))}), c.want)
		})
	}
	for name, f := range map[string]*flow.Flow{
		"from it": tcp(once + ":40000 > 198.51.100.7:443"), "to it": tcp("198.51.100.7:40000 > " + once + ":443"),
		"later": tcp(once+":40000 > 198.51.100.7:443", at(end+61)),
	} {
		t.Run(name, func(t *testing.T) { check(t, run(inv, []*flow.Flow{f}), "none: the pod of an end has ended x1") })
	}
	check(t, run(inv, []*flow.Flow{tcp(once+":40000 > 198.51.100.7:443", at(start))}), "Job shop/once > 198.51.100.7 TCP 443")
}

// TestSpan: the end of a pod is that of its last container, else its deletion.
func TestSpan(t *testing.T) {
	when := func(sec int64) metav1.Time { return metav1.NewTime(time.Unix(sec, 0)) }
	started, deleted := when(20), when(90)
	finished := func(sec ...int64) (list []corev1.ContainerStatus) {
		for _, s := range sec {
			list = append(list, corev1.ContainerStatus{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: when(s)}}})
		}
		return append(list, corev1.ContainerStatus{})
	}
	for name, c := range map[string]struct {
		pod         corev1.Pod
		first, last int64
	}{
		"nothing":    {},
		"made":       {corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: when(10)}}, 10, 0},
		"started":    {corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: when(10)}, Status: corev1.PodStatus{StartTime: &started}}, 20, 0},
		"finished":   {corev1.Pod{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &deleted}, Status: corev1.PodStatus{ContainerStatuses: finished(50, 70), InitContainerStatuses: finished(30)}}, 0, 70},
		"deleted":    {corev1.Pod{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &deleted}, Status: corev1.PodStatus{ContainerStatuses: finished()}}, 0, 90},
		"before all": {corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: when(-5)}}, 0, 0},
	} {
		if first, last := resolve.Span(&c.pod); first != c.first || last != c.last {
			t.Errorf("%s: %d to %d", name, first, last)
		}
	}
}
