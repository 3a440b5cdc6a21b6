package testkit

import (
	"context"
	"sync"
	"testing"
)

// SharedControlPlane is one control plane for all tests of a package, started
// at first use. The zero value is ready. A package declares it as a variable
// of its tests and stops it in TestMain:
//
//	var shared testkit.SharedControlPlane
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		shared.Stop()
//		os.Exit(code)
//	}
//
// Its tests keep apart by namespaces and user names of their own.
type SharedControlPlane struct {
	// Options are those of the control plane; set them before the first Get.
	Options ControlPlaneOptions

	once    sync.Once
	control *ControlPlane
	err     error
}

// Get returns the control plane, and ends the test when it did not start. With
// -short it skips the test.
func (s *SharedControlPlane) Get(tb testing.TB) *ControlPlane {
	tb.Helper()
	if testing.Short() {
		tb.Skip("needs a Kubernetes API server, which takes minutes to build once: run without -short")
	}
	s.once.Do(func() {
		// Not the context of the test: the control plane outlives it.
		s.control, s.err = LaunchControlPlane(context.Background(), s.Options)
	})
	if s.err != nil {
		tb.Fatal(s.err)
	}
	return s.control
}

// Stop stops the control plane if it was started.
func (s *SharedControlPlane) Stop() {
	s.once.Do(func() {})
	if s.control != nil {
		s.control.Stop()
	}
}
