//go:build !linux

package testkit

import "syscall"

// endWithParent has no equivalent here: Stop ends the children.
func endWithParent() *syscall.SysProcAttr { return nil }
