package apiserver_test

import (
	"os"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// shared is the control plane of all tests here, started by the first.
var shared testkit.SharedControlPlane

func TestMain(m *testing.M) {
	code := m.Run()
	shared.Stop()
	os.Exit(code)
}
