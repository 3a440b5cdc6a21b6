package main

import (
	"context"
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// readAudit reads a log for all users, as gen role does, and says how much was read.
func readAudit(file string) error {
	files, err := source.Find(nil, file)
	if err != nil {
		return err
	}
	set := observation.NewSet()
	if err := audit.Read(context.Background(), files, audit.Options{}, set); err != nil {
		return err
	}
	doc := set.Document()
	if len(doc.Access) == 0 || doc.Sources[0].Skipped > 0 {
		return fmt.Errorf("read %d users, skipped %d events", len(doc.Access), doc.Sources[0].Skipped)
	}
	return nil
}
