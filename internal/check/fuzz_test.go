package check

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
)

// oldest is the first minor that FuzzEval judges by; before 1.19 seccomp was an annotation.
const oldest = 20

// FuzzEval: no pod makes a check panic, and checks and upstream's policy agree at every
// version. Bytes that are a JSON object are taken for a pod's spec, others draw a pod.
func FuzzEval(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for minor := range 200 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		f.Add(data, uint8(minor))
	}
	f.Add([]byte(`{"containers":[{"name":"a","securityContext":{"capabilities":{"add":["\u001b[31m"]}}}]}`), uint8(0))
	f.Add([]byte(`{"containers":null,"os":{},"securityContext":{"supplementalGroups":[0]},"volumes":[{}]}`), uint8(0))
	j := newJudge(f)
	f.Fuzz(func(t *testing.T, data []byte, minor uint8) {
		pod := &corev1.Pod{}
		if len(data) > 0 && data[0] == '{' {
			if json.Unmarshal(data, &pod.Spec) != nil {
				return
			}
		} else {
			pod = drawPod(&dice{data})
		}
		newest := podsecurity.Newest()
		minors := newest.Minor() - oldest + 1
		j.hold(t, pod, psapi.MajorMinorVersion(1, oldest+int(minor)%minors))
		if t.Failed() {
			spec, err := json.Marshal(pod)
			t.Logf("minor %d, pod %s %v", oldest+int(minor)%minors, spec, err)
		}
	})
}
