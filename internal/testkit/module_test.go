package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModuleRoot(t *testing.T) {
	want, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../../test/kubectl") // a module of its own
	if got, err := moduleRoot(); err != nil || got != want {
		t.Errorf("root is %q, want %q (error %v)", got, want, err)
	}
	t.Chdir(t.TempDir())
	if got, err := moduleRoot(); err == nil {
		t.Errorf("root is %q outside of the module", got)
	}
}

func TestProgramsNameRequiredModules(t *testing.T) {
	var paths Paths
	for _, p := range programs(&paths) {
		goMod, err := os.ReadFile(filepath.Join("../../test", p.module, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := requiredVersion(goMod, p.version); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	if _, err := requiredVersion([]byte("require a.example/b/c v1.0.0"), "a.example/b"); err == nil {
		t.Error("a module is found by a part of its path")
	}
}

func TestLinkerFlags(t *testing.T) {
	for version, want := range map[string]string{"v1.36.3": "gitVersion=v1.36.3", "v0.37.2": "gitVersion=v1.37.2"} {
		flags := linkerFlags(version)
		minor := "gitMinor=" + strings.Split(version, ".")[1]
		if !strings.Contains(flags, want) || !strings.Contains(flags, minor) || !strings.Contains(flags, "gitMajor=1") {
			t.Errorf("flags for %s are %s", version, flags)
		}
	}
}
