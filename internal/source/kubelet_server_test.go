package source

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestServers(t *testing.T) {
	unlabelled := serverPod("cp")
	unlabelled.Labels = nil
	other := serverPod("cp")
	other.Name, other.Labels = "coredns-1", nil
	ended := serverPod("old")
	ended.Status.Phase = corev1.PodFailed
	for name, test := range map[string]struct {
		pods []corev1.Pod
		want string
	}{
		"labelled":           {[]corev1.Pod{serverPod("b"), serverPod("a"), unlabelled, other, ended}, "kube-apiserver-a kube-apiserver-b"},
		"by name":            {[]corev1.Pod{other, unlabelled}, "kube-apiserver-cp"},
		"one log, two pods":  {[]corev1.Pod{serverPod("cp", "--audit-log-path=/var/log/audit/audit.log"), serverPod("cp", "--audit-log-path=/var/log/audit/../audit/audit.log")}, "kube-apiserver-cp"},
		"none to be seen":    {[]corev1.Pod{other}, ""},
		"nothing to be seen": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if test.pods == nil {
				test.pods = []corev1.Pod{other}
			}
			logs, err := newNode(t, test.pods...).findFor("", AuditOptions{})
			var names []string
			for _, l := range logs {
				names = append(names, l.Pod)
			}
			if got := strings.Join(names, " "); got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("%q, want %q (error %v)", got, test.want, err)
			}
		})
	}
}

func TestAuditPath(t *testing.T) {
	for name, test := range map[string]struct {
		command     []string
		path, fault string
		change      func(*corev1.PodSpec)
	}{
		"equals":          {command: []string{"--audit-log-path=/var/log/audit/a.log"}, path: "/var/log/audit/a.log"},
		"two words":       {command: []string{"--audit-log-path", "/var/log/audit/a.log"}, path: "/var/log/audit/a.log"},
		"the last counts": {command: []string{"--audit-log-path=-", "--audit-log-path=/var/log/audit/a.log"}, path: "/var/log/audit/a.log"},
		"shell":           {command: []string{"sh", "-c", "exec kube-apiserver --v=2 --audit-log-path='/var/log/audit/a.log' 2>&1"}, path: "/var/log/audit/a.log"},
		"not set":         {command: []string{"--audit-log-maxage=3"}, fault: "no --audit-log-path: it writes no audit log, or a webhook takes it"},
		"webhook":         {command: []string{"--audit-webhook-config-file=/etc/x"}, fault: "no --audit-log-path: it writes no audit log, or a webhook takes it"},
		"stdout":          {command: []string{"--audit-log-path=-"}, fault: "--audit-log-path=- is its standard output: kubectl logs -n kube-system kube-apiserver-cp | grep '^{\"kind\":\"Event\"', with --from -"},
		"relative":        {command: []string{"--audit-log-path=a.log"}, fault: "--audit-log-path a.log is no absolute path"},
		"in the container": {
			command: []string{"--audit-log-path=/var/log/a.log"}, fault: "/var/log/a.log is in the container, on no volume of the node",
		},
		"climbs": {command: []string{"--audit-log-path=/var/log/audit/../../../etc/a"}, fault: "/etc/a is in the container, on no volume of the node"},
		"elsewhere on the node": {
			command: []string{"--audit-log-path=/var/log/audit/a.log"}, fault: "/data/audit/a.log is not below /var/log, which is all that a kubelet serves",
			change: func(s *corev1.PodSpec) { s.Volumes[0].HostPath.Path = "/data/audit" },
		},
		"mounted elsewhere": {
			command: []string{"--audit-log-path=/audit/a.log"}, path: "/var/log/audit/kube/a.log",
			change: func(s *corev1.PodSpec) {
				s.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "audit", MountPath: "/"}, {Name: "audit", MountPath: "/audit/", SubPath: "kube"}}
			},
		},
		"a file": {
			command: []string{"--audit-log-path=/audit.log"}, path: "/var/log/audit.log",
			change: func(s *corev1.PodSpec) {
				s.Containers[0].VolumeMounts[0].MountPath = "/audit.log"
				s.Volumes[0].HostPath.Path = "/var/log/audit.log"
			},
		},
		"in memory": {
			command: []string{"--audit-log-path=/var/log/audit/a.log"}, fault: "/var/log/audit/a.log is on volume audit, which is no folder of the node",
			change: func(s *corev1.PodSpec) { s.Volumes[0].HostPath = nil },
		},
		"no node": {
			command: []string{"--audit-log-path=/var/log/audit/a.log"}, fault: "the pod is on no node",
			change: func(s *corev1.PodSpec) { s.NodeName = "" },
		},
		"no container": {fault: "the pod has no container", change: func(s *corev1.PodSpec) { s.Containers = nil }},
		"second container": {
			path: "/var/log/audit/a.log",
			change: func(s *corev1.PodSpec) {
				second := *s.Containers[0].DeepCopy()
				second.Command, second.Args = nil, []string{"--audit-log-path=/var/log/audit/a.log"}
				s.Containers[0].Name = "proxy"
				s.Containers = append(s.Containers, second)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			pod := serverPod("cp")
			pod.Spec.Containers[0].Command = test.command
			if test.change != nil {
				test.change(&pod.Spec)
			}
			if path, fault := auditPath(&pod); path != test.path || fault != test.fault {
				t.Errorf("%q, %q, want %q, %q", path, fault, test.path, test.fault)
			}
		})
	}
}

func TestRotatedIn(t *testing.T) {
	names := []string{
		"audit.log", "audit-2026-11-20T09-00-00.000.log", "audit-2026-11-20T09-00-00.000.log.gz", "audit-2026-11-19T09-00-00.000.log.gz",
		"audit-2026-11-18T09-00-00.000.log", "audit-2026-11-17T09-00-00.000.log.zst", "audit-x.log", "audit-2026-11-20.log", "..", "x/audit-2026-11-16T09-00-00.000.log",
	}
	want := rotated{"audit-2026-11-20T09-00-00.000.log": false, "audit-2026-11-19T09-00-00.000.log": true, "audit-2026-11-18T09-00-00.000.log": false}
	for range 5 {
		if got := rotatedIn(names, "kubernetes/audit.log"); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
		slices.Reverse(names)
	}
	if got := rotatedIn([]string{"a+b-2026-11-20T09-00-00.000"}, "a+b"); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
