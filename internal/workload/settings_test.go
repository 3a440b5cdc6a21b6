package workload

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestSettings: values, short forms and origins as pages show them.
func TestSettings(t *testing.T) {
	crio := Context{Runtime: RuntimeOf("cri-o"), SeccompDefault: FactYes}
	for _, tt := range []struct {
		manifest string
		ctx      Context
		want     []string
	}{
		{
			"{spec: {securityContext: {runAsNonRoot: true}, containers: [{name: a, securityContext: {capabilities: {drop: [AUDIT_WRITE, MKNOD]}}, resources: {limits: {cpu: 500m, memory: 256Mi}}}]}, " +
				"status: {containerStatuses: [{name: a, user: {linux: {uid: 10001, gid: 10001}}}]}}",
			Context{Runtime: RuntimeOf("containerd"), SeccompDefault: FactNo},
			[]string{
				"runAsUser=10001 () ← image, observed in 1 pod",
				"runAsGroup=10001 () ← image, observed in 1 pod",
				"runAsNonRoot=true (tested at start) ← pod",
				"privileged=false (no) ← unset",
				"allowPrivilegeEscalation=true (allowed) ← unset",
				"capabilities=CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT (12 of 14 kept) ← drop AUDIT_WRITE, MKNOD",
				"seccompProfile=Unconfined () ← unset; kubelet seccompDefault off",
				"appArmorProfile=RuntimeDefault () ← unset",
				"procMount=Default () ← unset",
				"readOnlyRootFilesystem=false (writable) ← unset",
				"limits=500m 256Mi - () ← container",
			},
		},
		{
			"{spec: {containers: [{name: a, securityContext: {privileged: true, seLinuxOptions: {type: spc_t}}}]}}",
			crio,
			[]string{
				"runAsUser=unset (the image's) ← unset",
				"runAsGroup=unset (the image's) ← unset",
				"runAsNonRoot=false (not tested) ← unset",
				"privileged=true (yes) ← container",
				"allowPrivilegeEscalation=true (allowed) ← privileged",
				"capabilities=ALL () ← privileged",
				"seccompProfile=Unconfined () ← privileged",
				"appArmorProfile=Unconfined () ← privileged",
				"seLinuxOptions=type spc_t () ← container",
				"procMount=Unmasked () ← privileged",
				"readOnlyRootFilesystem=false (writable) ← unset",
				"limits=unset () ← unset",
			},
		},
		{
			"{spec: {containers: [{name: a, securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}, readOnlyRootFilesystem: true}}]}}",
			crio,
			[]string{
				"capabilities=NET_BIND_SERVICE () ← drop ALL; add NET_BIND_SERVICE",
				"seccompProfile=RuntimeDefault () ← unset; kubelet seccompDefault on",
				"readOnlyRootFilesystem=true (read-only) ← container",
			},
		},
		{
			"{spec: {os: {name: windows}, securityContext: {windowsOptions: {runAsUserName: ContainerUser}}, containers: [{name: a}]}}",
			crio,
			[]string{
				"hostProcess=false (no) ← unset",
				"runAsUserName=ContainerUser () ← pod",
				"limits=unset () ← unset",
			},
		},
	} {
		for c := range shapeOf(t, tt.manifest).Containers() {
			settings := c.Settings(tt.ctx)
			var got []string
			for _, name := range slices.Sorted(maps.Keys(settings)) {
				s := settings[name]
				got = append(got, fmt.Sprintf("%s=%s (%s) ← %s", name, s.Value, s.Summary, s.Origin))
			}
			for _, w := range tt.want {
				if !slices.Contains(got, w) {
					t.Errorf("no setting %q in\n%s", w, strings.Join(got, "\n"))
				}
			}
			if len(tt.want) != 3 && len(got) != len(tt.want) || c.Shape.Windows() && len(got) != 3 {
				t.Errorf("settings are %q", got)
			}
		}
	}
}
