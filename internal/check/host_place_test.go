package check

import (
	"path"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func TestNodePath(t *testing.T) {
	for written, want := range map[string]string{
		"":                         "",
		"/":                        "/",
		"//":                       "/",
		"etc":                      "/etc",
		"/var/run//docker.sock/":   "/run/docker.sock",
		"/var/run":                 "/run",
		"/var/runner":              "/var/runner",
		"/a/../etc/./shadow":       "/etc/shadow",
		"/../../etc":               "/etc",
		"/lib/modules":             "/usr/lib/modules",
		"/lib64":                   "/usr/lib64",
		"/library":                 "/library",
		"/proc/1/root":             "/",
		"/proc/1/root/var/run/x":   "/run/x",
		"/proc/self/cwd/proc/2":    "/proc/2",
		"/proc/1/root/proc/1/root": "/",
		"/proc/1/rootfs":           "/proc/1/rootfs",
	} {
		if got := nodePath(written); got != want {
			t.Errorf("%q is %q, want %q", written, got, want)
		}
	}
}

// TestPlaces: severities of a writable and of a read-only mount; empty where the path gives
// no more than its data.
func TestPlaces(t *testing.T) {
	const c, h = api.SeverityCritical, api.SeverityHigh
	for p, want := range map[string][2]api.Severity{
		"/":                                    {c, c},
		"/etc":                                 {c, h},
		"/etc/kubernetes":                      {c, h},
		"/etc/kubernetes/kubelet.conf":         {c, h},
		"/etc/kubernetes/manifests":            {c, h},
		"/etc/kubernetes/pki":                  {c, c},
		"/etc/kubernetes/pki/etcd/server.key":  {c, c},
		"/etc/kubernetes/pki/ca.crt":           {c, ""},
		"/etc/kubernetes/admin.conf":           {c, c},
		"/etc/kubernetes/azure.json":           {c, h},
		"/etc/kubernetes/addons/x":             {c, h},
		"/var/lib/kube-proxy/kubeconfig":       {h, h},
		"/var/lib/kubelet/checkpoints":         {h, h},
		"/etc/modprobe.d":                      {c, ""},
		"/etc/rc.local":                        {c, ""},
		"/etc/NetworkManager/dispatcher.d":     {c, ""},
		"/etc/logrotate.d/x":                   {c, ""},
		"/etc/passwd":                          {c, ""},
		"/etc/shadow":                          {c, h},
		"/etc/crontab":                         {c, ""},
		"/etc/cron.daily/x":                    {c, ""},
		"/etc/localtime":                       {"", ""},
		"/etc/ssl/certs":                       {"", ""},
		"/etc/hosts":                           {"", ""},
		"/root":                                {h, h},
		"/root/.kube/config":                   {h, h},
		"/home":                                {h, h},
		"/home/app/.ssh/id_rsa":                {h, h},
		"/home/app/data":                       {"", ""},
		"/proc":                                {c, h},
		"/proc/sys":                            {c, ""},
		"/proc/17/environ":                     {h, h},
		"/proc/cpuinfo":                        {"", ""},
		"/sys":                                 {h, ""},
		"/sys/fs/cgroup":                       {h, ""},
		"/dev":                                 {h, h},
		"/dev/sda1":                            {h, h},
		"/dev/null":                            {"", ""},
		"/dev/fuse":                            {"", ""},
		"/var":                                 {c, h},
		"/var/lib":                             {c, h},
		"/var/lib/kubelet":                     {c, h},
		"/var/lib/kubelet/pods":                {h, h},
		"/var/lib/kubelet/pki":                 {h, h},
		"/var/lib/kubelet/device-plugins":      {h, ""},
		"/var/lib/kubelet/plugins/csi.example": {"", ""},
		"/var/lib/kubelet/pod-resources":       {"", ""},
		"/var/lib/etcd/member":                 {c, h},
		"/var/lib/containerd":                  {c, h},
		"/var/lib/rancher/k3s/storage/pvc-1":   {"", ""},
		"/var/lib/rancher/k3s/server/token":    {c, h},
		"/var/log":                             {h, ""},
		"/var/log/pods":                        {h, ""},
		"/var/log/app":                         {"", ""},
		"/usr":                                 {c, ""},
		"/usr/bin/runc":                        {c, ""},
		"/usr/share/zoneinfo":                  {"", ""},
		"/usr/lib/modules":                     {c, ""},
		"/opt":                                 {c, ""},
		"/opt/app":                             {"", ""},
		"/boot":                                {h, ""},
		"/run/dbus/system_bus_socket":          {h, h},
		"/run/systemd/resolve/resolv.conf":     {"", ""},
		"/srv":                                 {"", ""},
		"/data":                                {"", ""},
		"/mnt/disks":                           {"", ""},
		"/tmp":                                 {"", ""},
		"/etcd":                                {"", ""},
		"":                                     {"", ""},
		"/home/[":                              {h, h},
		"/run/containerd/io.containerd.runtime.v2.task": {c, h},
	} {
		_, write, _ := worstPlace(p, false)
		_, read, _ := worstPlace(p, true)
		if got := [2]api.Severity{write, read}; got != want {
			t.Errorf("%q: %q, want %q", p, got, want)
		}
	}
}

// TestPlacePatterns: a pattern that is malformed would match nothing, silently.
func TestPlacePatterns(t *testing.T) {
	for _, pl := range places() {
		if _, err := path.Match(pl.pattern, ""); err != nil || pl.pattern != path.Clean(pl.pattern) || pl.write == "" || pl.gives == "" {
			t.Errorf("%+v: %v", pl, err)
		}
		if nodePath(pl.pattern) != pl.pattern {
			t.Errorf("%s is never reached: nodePath makes it %s", pl.pattern, nodePath(pl.pattern))
		}
	}
}

func TestWindowsPlaces(t *testing.T) {
	const c, h = api.SeverityCritical, api.SeverityHigh
	for p, want := range map[string]api.Severity{
		`C:\`: c, `c:/`: c, `\\?\c:\`: c, `c:\var\lib\kubelet`: c, `C:\x\..\ETC\Kubernetes.`: c,
		`C:\ProgramData\containerd\root`: c, `/etc/kubernetes/x`: c, `C:\Users\Administrator`: h,
		`D:\etc\kubernetes`: "", `C:\logs`: "", `\\etc\kubernetes`: "",
	} {
		if _, got, _ := windowsPlace(windowsPath(p), false); got != want {
			t.Errorf("%s (%s) is %q, want %q", p, windowsPath(p), got, want)
		}
	}
}

func TestSocketIn(t *testing.T) {
	for p, want := range map[string]bool{
		"/run/host-containerd": true, "/run/user/1000/docker.sock": true, "/run/user/1000/podman/podman.sock": true,
		"/run/buildkit/buildkitd.sock": true, "/var/snap/lxd/common/lxd": true, "/run/user/1000/bus": false, "/var/lib": false,
	} {
		if o, got := socketIn(p, workload.Runtime{}); got != want {
			t.Errorf("%s: %v %v", p, got, o)
		}
	}
}
