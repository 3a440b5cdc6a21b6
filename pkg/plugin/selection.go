package plugin

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-harden/kubectl-harden/internal/assess"
)

// selectionFlags narrow what is judged.
type selectionFlags struct {
	checks, skip      []string
	excludeNamespaces []string
	container         string
	config            string
	ignoreAcceptances bool
	now               string
}

func (f *selectionFlags) addFlags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.checks, "check", nil, "Report these checks alone, by ID.")
	flags.StringSliceVar(&f.skip, "skip", nil, "Do not report these checks, by ID.")
	flags.StringSliceVar(&f.excludeNamespaces, "exclude-namespace", nil, "Leave these namespaces out.")
	flags.StringVarP(&f.container, "container", "c", "", "Report this container alone, beside what is the pod's own.")
	flags.StringVar(&f.config, "config", "", "A file with the registries allowed, checks skipped and severities changed.")
	flags.BoolVar(&f.ignoreAcceptances, "ignore-acceptances", false, "Judge accepted findings as any other.")
	flags.StringVar(&f.now, "now", "", "The time at which acceptances are judged, such as 2026-11-20T09:00:00Z. The default is the clock.")
}

// apply puts the flags into the options of the assessment.
func (f *selectionFlags) apply(o *assess.Options, clock func() time.Time) error {
	file, err := readConfig(f.config)
	if err != nil {
		return err
	}
	if err := knownChecks(f.checks); err != nil {
		return fmt.Errorf("--check: %w", err)
	}
	if err := knownChecks(f.skip); err != nil {
		return fmt.Errorf("--skip: %w", err)
	}
	o.Now = clock()
	if f.now != "" {
		if o.Now, err = time.Parse(time.RFC3339, f.now); err != nil {
			return fmt.Errorf("--now %q is not of the form 2026-11-20T09:00:00Z", f.now)
		}
	}
	o.Registries, o.Severities, o.IgnoreAcceptances = file.Registries, file.Severities, f.ignoreAcceptances
	o.Selection = assess.Selection{
		ExcludeNamespaces: f.excludeNamespaces, Checks: f.checks,
		Skip: slices.Concat(f.skip, file.Skip), Container: f.container,
	}
	return nil
}
