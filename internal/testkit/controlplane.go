package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// startTimeout bounds one attempt to start a control plane.
const startTimeout = 3 * time.Minute

// ControlPlaneOptions change what StartControlPlane starts.
type ControlPlaneOptions struct {
	// APIServerArgs are added to the command line of kube-apiserver.
	APIServerArgs []string
	// ControllerManagerArgs are added to the one of kube-controller-manager.
	ControllerManagerArgs []string
	// AuditPolicy replaces the policy that logs every request at level Metadata.
	AuditPolicy string
}

// ControlPlane is a running etcd, kube-apiserver and kube-controller-manager.
// There is no node: Pods are created and stay Pending, and a test may write
// their status. Its methods may be called by parallel tests.
type ControlPlane struct {
	// Server is the https URL of the API server.
	Server string
	// AdminKubeconfig is the path of a kubeconfig of a member of system:masters.
	AdminKubeconfig string
	// AuditLog is the path of the API server's audit log, as JSON lines.
	AuditLog string
	// KubectlPath is the path of a kubectl.
	KubectlPath string
	// Dir holds the logs of the programs; Stop removes it.
	Dir string

	ca        *authority
	processes []*process
	stop      sync.Once
}

// StartControlPlane is LaunchControlPlane for one test, which it ends on an
// error; the control plane stops when the test and its subtests end.
func StartControlPlane(tb testing.TB, opts ControlPlaneOptions) *ControlPlane {
	tb.Helper()
	control, err := LaunchControlPlane(tb.Context(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(control.Stop)
	return control
}

// LaunchControlPlane starts a control plane that is shared by tests, such as
// in TestMain; SharedControlPlane does it at first use. It returns when the API
// server is ready, the default ServiceAccounts can be made, and the aggregated
// roles have their rules. The caller must call Stop. Missing programs are
// built. An error carries the last lines of the log of the program that failed.
func LaunchControlPlane(ctx context.Context, opts ControlPlaneOptions) (*ControlPlane, error) {
	paths, err := BuildBinaries(ctx)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		control, err := launch(ctx, paths, opts)
		// Another program may take a free port before ours does.
		if err == nil || attempt == 3 || !strings.Contains(err.Error(), "address already in use") {
			return control, err
		}
	}
}

func launch(ctx context.Context, paths Paths, opts ControlPlaneOptions) (_ *ControlPlane, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "control-plane-")
	if err != nil {
		return nil, fmt.Errorf("start control plane: %w", err)
	}
	c := &ControlPlane{Dir: dir, AuditLog: filepath.Join(dir, "audit.log"), KubectlPath: paths.Kubectl}
	defer func() {
		if err != nil {
			c.Stop()
		}
	}()
	files, err := c.prepare(opts)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	c.Server = fmt.Sprintf("https://127.0.0.1:%d", ports[2])
	admin, err := c.writeKubeconfig("admin", "system:masters")
	if err != nil {
		return nil, err
	}
	c.AdminKubeconfig = admin
	if err := c.start(paths.Etcd, etcdArgs(dir, ports[0], ports[1])...); err != nil {
		return nil, err
	}
	if err := c.start(paths.APIServer, slices.Concat(files.apiServerArgs(ports[0], ports[2]), opts.APIServerArgs)...); err != nil {
		return nil, err
	}
	if err := c.awaitServer(ctx); err != nil {
		return nil, err
	}
	manager, err := c.writeKubeconfig("system:kube-controller-manager")
	if err != nil {
		return nil, err
	}
	if err := c.start(paths.ControllerManager, slices.Concat(files.controllerManagerArgs(manager), opts.ControllerManagerArgs)...); err != nil {
		return nil, err
	}
	if err := c.awaitControllers(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *ControlPlane) start(path string, args ...string) error {
	p, err := startProcess(c.Dir, path, args...)
	if err != nil {
		return err
	}
	c.processes = append(c.processes, p)
	return nil
}

// Stop kills the programs, waits until they are gone so that their ports are
// free again, and removes Dir. Only the first call does something.
func (c *ControlPlane) Stop() {
	c.stop.Do(func() {
		for _, p := range slices.Backward(c.processes) {
			p.kill()
		}
		_ = os.RemoveAll(c.Dir) // what is left is in the folder for temporary files
	})
}

// Kubeconfig writes a kubeconfig with a client certificate of the user and
// groups, which have no rights but those that a test grants them and those of
// system:authenticated. It lies in the test's own folder.
func (c *ControlPlane) Kubeconfig(tb testing.TB, user string, groups ...string) string {
	tb.Helper()
	client, err := c.ca.client(user, groups)
	if err != nil {
		tb.Fatal(err)
	}
	path, err := writeKubeconfig(tb.TempDir(), c.Server, c.ca.cert, client)
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

func (c *ControlPlane) writeKubeconfig(user string, groups ...string) (string, error) {
	client, err := c.ca.client(user, groups)
	if err != nil {
		return "", err
	}
	return writeKubeconfig(c.Dir, c.Server, c.ca.cert, client)
}
