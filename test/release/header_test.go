package release_test

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"fmt"
	"io"
	"testing"
)

// programPlatform tells for which platform a program is, by what it says itself.
func programPlatform(t *testing.T, path string) string {
	t.Helper()
	if f, err := elf.Open(path); err == nil {
		defer closed(t, f)
		return name(t, "linux", f.Machine, map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"})
	}
	if f, err := macho.Open(path); err == nil {
		defer closed(t, f)
		return name(t, "darwin", f.Cpu, map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"})
	}
	f, err := pe.Open(path)
	if err != nil {
		t.Fatalf("%s is no program: %v", path, err)
	}
	defer closed(t, f)
	return name(t, "windows", f.Machine, map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"})
}

func closed(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// name joins the system with the name of the machine.
func name[M comparable](t *testing.T, system string, machine M, known map[M]string) string {
	t.Helper()
	arch, found := known[machine]
	if !found {
		return fmt.Sprintf("%s on the machine %v", system, machine)
	}
	return system + "/" + arch
}
