package check

import (
	"path"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// place is a part of a node's file system that gives more than the data in it.
type place struct {
	// pattern of its path, in which * stands for any characters of one name.
	pattern string
	// inside tells whether what is below it gives the same.
	inside bool
	// named tells that it is not on every node, so that it counts where it is named itself
	// and not where a directory above it is.
	named bool
	// write and read are the severities for root in a container that can only, or also, read;
	// empty where the place gives nothing beyond its data.
	write, read api.Severity
	// gives says what.
	gives string
}

// severity of the place for a path on the node; empty where it is not reached.
func (pl place) severity(p string, readOnly bool) api.Severity {
	severity := pl.write
	if readOnly {
		severity = pl.read
	}
	switch is, above, under := pl.compare(p); {
	case is, above && !pl.named, under && pl.inside:
		return severity
	}
	return ""
}

// compare tells whether a path is the place, a directory above it, or something below it.
func (pl place) compare(p string) (is, above, under bool) {
	have, want := strings.Split(p, "/"), strings.Split(pl.pattern, "/")
	for i := range min(len(have), len(want)) {
		if ok, err := path.Match(want[i], have[i]); !ok || err != nil {
			return false, false, false
		}
	}
	return len(have) == len(want), len(have) < len(want), len(have) > len(want)
}

// worstPlace is the place that gives most of those that a path on the node reaches, the
// first of equals; found is false where there is none. Certificates are public.
func worstPlace(p string, readOnly bool) (worst place, severity api.Severity, found bool) {
	switch {
	case p == "", readOnly && (path.Ext(p) == ".crt" || path.Ext(p) == ".pub"):
		return place{}, "", false
	case p == "/":
		return place{pattern: "/", gives: "everything on it, and the container runtime's socket, which a read-only mount leaves open"}, api.SeverityCritical, true
	}
	return worstOf(places(), p, readOnly)
}

func worstOf(list []place, p string, readOnly bool) (worst place, severity api.Severity, found bool) {
	for _, pl := range list {
		if s := pl.severity(p, readOnly); s != "" && (!found || s.Rank() > severity.Rank()) {
			worst, severity, found = pl, s, true
		}
	}
	return worst, severity, found
}

// places lists them. Critical takes the node or the cluster by itself; high needs one more
// thing, such as a login or a restart, or gives the secrets of others.
func places() []place {
	return append(kubernetesPlaces(), systemPlaces()...)
}

// appendPlaces adds places that give the same: after "=" one that counts where it is named,
// before "/**" one that what is below it counts as too.
func appendPlaces(out []place, write, read api.Severity, gives string, patterns ...string) []place {
	for _, p := range patterns {
		pl := place{write: write, read: read, gives: gives}
		p, pl.named = strings.CutPrefix(p, "=")
		pl.pattern, pl.inside = strings.CutSuffix(p, "/**")
		out = append(out, pl)
	}
	return out
}

// kubernetesPlaces are those of Kubernetes and of container runtimes.
func kubernetesPlaces() []place {
	const c, h = api.SeverityCritical, api.SeverityHigh
	var out []place
	add := func(write, read api.Severity, gives string, patterns ...string) {
		out = appendPlaces(out, write, read, gives, patterns...)
	}
	add(c, c, "the keys of the cluster's authorities", "=/etc/kubernetes/pki/**", "=/etc/kubernetes/ssl/**")
	add(c, c, "the credentials of a cluster administrator", "=/etc/kubernetes/admin.conf", "=/etc/kubernetes/super-admin.conf")
	add(c, "", "the kubelet runs every pod that is written there", "=/etc/kubernetes/manifests/**")
	add(c, h, "the cluster's credentials at its cloud", "=/etc/kubernetes/azure.json", "=/etc/kubernetes/cloud*")
	add(c, h, "the credentials of the kubelet or the control plane", "/etc/kubernetes/**",
		"/etc/rancher/**", "=/etc/srv/kubernetes/**", "=/srv/kubernetes/**")
	add(c, h, "the state of the whole cluster, Secrets with it", "/var/lib/etcd/**")
	add(c, h, "the kubelet's settings and the tokens and Secrets of every pod on the node", "/var/lib/kubelet")
	add(c, "", "the kubelet's settings", "/var/lib/kubelet/config.yaml", "/var/lib/kubelet/*.env")
	add(h, h, "the tokens and Secrets of every pod on the node", "/var/lib/kubelet/pods/**", "/var/lib/kubelet/plugins/kubernetes.io/**")
	add(h, h, "the kubelet's credentials", "/var/lib/kubelet/pki/**", "/var/lib/kubelet/kubeconfig",
		"/var/lib/kubelet/bootstrap-kubeconfig", "/var/lib/kubelet/config.json")
	add(h, h, "the credentials of kube-proxy", "=/var/lib/kube-proxy/**")
	add(h, h, "the memory of containers, their secrets with it", "/var/lib/kubelet/checkpoints/**")
	// All else but what is listed here by its name: drivers and agents have their sockets there.
	add(h, h, "the kubelet's own state", "/var/lib/kubelet/[^dp]*/**")
	add(h, "", "the kubelet trusts whatever driver registers there", "/var/lib/kubelet/plugins",
		"/var/lib/kubelet/plugins_registry/**", "/var/lib/kubelet/device-plugins/**")
	add(c, h, "the files and the environment of every container on the node", "/var/lib/containerd/**", "/var/lib/docker/**",
		"/var/lib/containers/**", "/run/containerd/**", "/run/host-containerd/**", "/run/crio/**", "/run/containers/**", "/run/docker/**", "/run/k3s/**")
	add(c, h, "keys, tokens and state of the cluster's own components", "/var/lib/rancher/*/server/**", "/var/lib/rancher/*/agent/**",
		"/var/lib/k0s/**", "/var/lib/minikube/**", "/var/snap/microk8s/**")
	return out
}

// systemPlaces are those that have nothing to do with Kubernetes.
func systemPlaces() []place {
	const c, h = api.SeverityCritical, api.SeverityHigh
	var out []place
	add := func(write, read api.Severity, gives string, patterns ...string) {
		out = appendPlaces(out, write, read, gives, patterns...)
	}
	add(c, h, "the password hashes of the node", "/etc/shadow", "/etc/gshadow")
	add(c, "", "what the node runs or whom it trusts", "/etc/cron*/**", "/etc/ld.so.*/**", "/etc/systemd/**", "/etc/udev/**",
		"/etc/init.d/**", "/etc/profile*/**", "/etc/passwd", "/etc/sudoers*/**", "/etc/pam.d/**", "/var/spool/cron/**",
		"/etc/modprobe.d/**", "/etc/rc.local", "/etc/rc*.d/**", "/etc/rc.d/**", "/etc/NetworkManager/dispatcher.d/**",
		"/etc/logrotate.d/**", "/etc/logrotate.conf")
	add(h, "", "how the node runs containers and whom it lets in", "/etc/ssh/**", "/etc/cni/**", "/etc/containerd/**",
		"/etc/docker/**", "/etc/crio/**", "/etc/containers/**", "/etc/default/**", "/etc/sysconfig/**")
	add(c, "", "the programs that root runs on the node", "/usr/bin/**", "/usr/sbin/**", "/usr/lib/**", "/usr/lib64/**", "/usr/libexec/**",
		"/usr/local/bin/**", "/usr/local/sbin/**", "/usr/local/lib/**", "/opt/bin/**", "/opt/cni/bin/**")
	add(h, "", "the kernel that the node starts next", "/boot/**")
	add(h, h, "keys and credentials of the node's users", "/root/**", "/home/*", "/home/*/.*/**")
	add(c, h, "the settings of the kernel and the environment of other processes", "/proc")
	add(c, "", "the settings of the kernel, such as the program it runs at a crash", "/proc/sys", "/proc/sys/kernel/**", "/proc/sys/vm/**", "/proc/sys/fs/**")
	add(h, h, "the memory and the files of a process of the node", "/proc/[0-9]*/**")
	add(h, "", "the kernel's reset", "/proc/sysrq-trigger")
	add(h, "", "the devices and, on many kernels, a program that the kernel runs on the node", "/sys", "/sys/kernel/**")
	add(h, "", "the limits of every container and, in version 1, a program that the kernel runs on the node", "/sys/fs/cgroup/**")
	add(h, h, "the terminals of the node and, where the container may open devices, its disks", "/dev", "/dev/pts/**", "/dev/mem",
		"/dev/sd*", "/dev/vd*", "/dev/xvd*", "/dev/nvme*", "/dev/dm-*", "/dev/mapper/**", "/dev/disk/**")
	add(h, "", "links there make the kubelet show any file of the node as a log", "/var/log", "/var/log/pods/**", "/var/log/containers/**")
	add(h, h, "the sockets through which root commands the node's services", "/run/dbus", "/run/dbus/system_bus_socket", "/run/systemd", "/run/systemd/private")
	add(h, h, "what the node was set up with, join tokens among it", "/var/lib/cloud/**")
	return out
}
