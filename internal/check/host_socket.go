package check

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// socket is one through which a container runtime takes commands.
type socket struct{ path, owner string }

// sockets lists them; /var/run is a link to /run, and * stands for any one name.
func sockets() []socket {
	return []socket{
		{"/run/containerd/containerd.sock", "containerd"},
		{"/run/containerd/containerd.sock.ttrpc", "containerd"},
		{"/run/docker.sock", "Docker"},
		{"/run/docker/containerd/containerd.sock", "containerd"},
		{"/run/crio/crio.sock", "CRI-O"},
		{"/run/podman/podman.sock", "Podman"},
		{"/run/cri-dockerd.sock", "cri-dockerd"},
		{"/run/dockershim.sock", "dockershim"},
		{"/run/k3s/containerd/containerd.sock", "the containerd of k3s"},
		{"/run/k0s/containerd.sock", "the containerd of k0s"},
		{"/run/nri/nri.sock", "the node resource interface"},
		{"/run/host-containerd/containerd.sock", "the containerd of Bottlerocket's host containers"},
		{"/run/buildkit/buildkitd.sock", "BuildKit"},
		{"/run/user/*/docker.sock", "a user's Docker"},
		{"/run/user/*/podman/podman.sock", "a user's Podman"},
		{"/var/snap/lxd/common/lxd/unix.socket", "LXD"},
		{"/var/lib/lxd/unix.socket", "LXD"},
		{"/var/snap/microk8s/common/run/containerd.sock", "the containerd of MicroK8s"},
	}
}

// socketIn is the socket that a path on the node is, or that a directory holds: that of the
// runtime known to be there before others. The whole of /, /var and /var/lib are left to their places.
func socketIn(p string, runtime workload.Runtime) (s socket, found bool) {
	if p == "" || p == "/" || p == "/var" || p == "/var/lib" {
		return socket{}, false
	}
	for _, o := range sockets() {
		if is, above, _ := (place{pattern: o.path}).compare(p); !is && !above {
			continue
		}
		if !found || runtime.Name == "cri-o" && o.owner == "CRI-O" {
			s, found = o, true
		}
	}
	return s, found
}

// pipeOf is the owner of a named pipe of Windows through which a runtime takes commands.
func pipeOf(p string) (owner string, found bool) {
	switch strings.ToLower(strings.ReplaceAll(p, `\`, "/")) {
	case "//./pipe/docker_engine":
		return "Docker", true
	case "//./pipe/containerd-containerd":
		return "containerd", true
	}
	return "", false
}
