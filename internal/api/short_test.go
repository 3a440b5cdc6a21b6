package api_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestShort: kubectl takes what is printed.
func TestShort(t *testing.T) {
	for want, ref := range map[string]api.Ref{
		"deploy/web":      {APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"},
		"pod/web":         {APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "web"},
		"rollout/web":     {APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Namespace: "shop", Name: "web"},
		"ops/ds/agent":    {APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "ops", Name: "agent"},
		"networkpolicy/x": {Kind: "NetworkPolicy", Name: "x"},
	} {
		if got := ref.ShortFrom("shop"); got != want {
			t.Errorf("%s: %s", want, got)
		}
	}
	if got := (api.Ref{Kind: "Job", Namespace: "ops", Name: "x"}).Short(); got != "job/x" {
		t.Error(got)
	}
}
