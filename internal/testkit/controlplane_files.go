package testkit

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

const auditEverything = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: Metadata
`

// controlPlaneFiles are the paths of what the programs read and write.
type controlPlaneFiles struct {
	dir                   string
	caCert, caKey         string
	serverCert, serverKey string
	accountKey            string
	auditPolicy, auditLog string
}

// prepare makes the certificate authority and writes the files of the programs.
func (c *ControlPlane) prepare(opts ControlPlaneOptions) (controlPlaneFiles, error) {
	in := func(name string) string { return filepath.Join(c.Dir, name) }
	files := controlPlaneFiles{
		dir: c.Dir, auditLog: c.AuditLog, auditPolicy: in("audit-policy.yaml"), accountKey: in("account.key"),
		caCert: in("ca.crt"), caKey: in("ca.key"), serverCert: in("server.crt"), serverKey: in("server.key"),
	}
	var err error
	if c.ca, err = newAuthority("kubernetes-ca"); err != nil {
		return files, err
	}
	server, err := c.ca.server(false)
	if err != nil {
		return files, err
	}
	_, accountKey, err := newKey()
	if err != nil {
		return files, err
	}
	policy := []byte(opts.AuditPolicy)
	if opts.AuditPolicy == "" {
		policy = []byte(auditEverything)
	}
	for path, data := range map[string][]byte{
		files.caCert: c.ca.cert, files.caKey: c.ca.key,
		files.serverCert: server.cert, files.serverKey: server.key,
		files.accountKey: accountKey, files.auditPolicy: policy,
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return files, fmt.Errorf("start control plane: %w", err)
		}
	}
	return files, nil
}

func etcdArgs(dir string, client, peer int) []string {
	clientURL := fmt.Sprintf("http://127.0.0.1:%d", client)
	peerURL := fmt.Sprintf("http://127.0.0.1:%d", peer)
	return []string{
		"--name=test", "--data-dir=" + filepath.Join(dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls=" + clientURL, "--advertise-client-urls=" + clientURL,
		"--listen-peer-urls=" + peerURL, "--initial-advertise-peer-urls=" + peerURL,
		"--initial-cluster=test=" + peerURL,
	}
}

// apiServerArgs advertise an address for documentation (RFC 5737), where
// nothing listens: the kubernetes Service must not point at loopback.
func (f controlPlaneFiles) apiServerArgs(etcd, port int) []string {
	return []string{
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", etcd),
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(port), "--advertise-address=192.0.2.10",
		"--cert-dir=" + f.dir, "--tls-cert-file=" + f.serverCert, "--tls-private-key-file=" + f.serverKey,
		"--client-ca-file=" + f.caCert,
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + f.accountKey, "--service-account-signing-key-file=" + f.accountKey,
		"--service-cluster-ip-range=10.96.0.0/16",
		"--authorization-mode=Node,RBAC", "--allow-privileged=true",
		"--audit-policy-file=" + f.auditPolicy, "--audit-log-path=" + f.auditLog,
		"--audit-log-maxsize=10240", // MiB: one file
	}
}

func (f controlPlaneFiles) controllerManagerArgs(kubeconfig string) []string {
	return []string{
		"--kubeconfig=" + kubeconfig, "--secure-port=0", "--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + f.accountKey, "--root-ca-file=" + f.caCert,
		"--cluster-signing-cert-file=" + f.caCert, "--cluster-signing-key-file=" + f.caKey,
	}
}

// freePorts finds different ports of the loopback address that are free.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	listeners := make([]net.Listener, n) // open together, so that no port is found twice
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		listeners[i] = listener
		ports[i] = listener.Addr().(*net.TCPAddr).Port
	}
	for _, listener := range listeners {
		if err := listener.Close(); err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
	}
	return ports, nil
}
