package observation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// check finds what does not make sense in a document.
func check(doc *api.Observations) error {
	times := []string{doc.Window.From, doc.Window.To}
	for _, a := range doc.Access {
		if a.User == "" || a.Requests < 0 {
			return errors.New("has a user without a name, or fewer requests than none")
		}
		for _, use := range slices.Concat(a.Uses, a.Denied) {
			if use.Verb == "" || (use.Resource == "") == (use.Path == "" && !use.AnyName) {
				return errors.New("has a use without a verb, or with neither or both of a resource and a path")
			}
			if use.Count < 0 || use.Started < 0 {
				return errors.New("has a use with a negative count")
			}
			times = append(times, use.First, use.Last)
			if err := checkDays(use.Days); err != nil {
				return err
			}
		}
	}
	for i := range doc.Edges {
		if err := checkEdge(&doc.Edges[i]); err != nil {
			return err
		}
	}
	for i := range doc.Names {
		if err := checkNames(&doc.Names[i]); err != nil {
			return err
		}
	}
	for _, text := range times {
		if _, err := time.Parse(time.RFC3339, text); err != nil && text != "" {
			return fmt.Errorf("has a time %q, which is none of RFC 3339", text)
		}
	}
	return nil
}

func checkDays(days map[string]int64) error {
	for date, n := range days {
		if _, err := time.Parse(dayLayout, date); err != nil {
			return fmt.Errorf("has a day %q, which is none", date)
		}
		if n < 0 {
			return errors.New("has a day with a negative count")
		}
	}
	return nil
}
