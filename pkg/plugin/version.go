package plugin

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
)

// readBuild is what the Go toolchain wrote into the binary.
func readBuild() *debug.BuildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return &debug.BuildInfo{}
	}
	return info
}

// versionOf is the release, or "devel" for a build of a working tree.
func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "devel"
}

func newVersionCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:                   "version",
		DisableFlagsInUseLine: true,
		Short:                 "Print the version of the plugin",
		Long: templates.LongDesc(`
			Print the version of the plugin, of the Go toolchain that built it, and the newest
			version of the Pod Security policy that it knows. No server is asked.`),
		Example: templates.Examples(`
			# Which version is this?
			kubectl harden version`),
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			newest := podsecurity.Newest()
			_, err := fmt.Fprintf(g.process.Streams.Out, "kubectl-harden %s (%s %s/%s)\nPod Security policy up to %s\n",
				versionOf(readBuild()), runtime.Version(), runtime.GOOS, runtime.GOARCH, newest.String())
			return err
		},
	}
}
