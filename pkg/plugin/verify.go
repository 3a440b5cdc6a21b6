package plugin

import (
	"context"
	"errors"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// canVerify tells whether there is a server to ask and something to ask about.
func (o *explainOptions) canVerify() error {
	switch {
	case !o.verify:
		return nil
	case o.input.fromFiles():
		return errors.New("--verify asks the API server, and does not go with -f or -k")
	case len(o.input.targets) == 0:
		return errors.New("--verify needs a workload or an account, as in explain deploy/NAME --verify")
	}
	return nil
}

// verifyRights asks the API server about the rights of a report. Without the right to ask,
// they stay as they are and the report says so.
func (o *explainOptions) verifyRights(ctx context.Context, report *api.Report) error {
	if !o.verify {
		return nil
	}
	conn, err := o.connect(o.input.chunkSize)
	if err != nil {
		return err
	}
	verification := assess.Verify(report)
	allowed, err := cluster.Review(ctx, conn, verification.Questions)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		report.Unknown = append(report.Unknown, api.Unread{
			What: "confirmation of rights", Verb: "create", Group: "authorization.k8s.io", Resource: "subjectaccessreviews",
			Reason: cluster.Reason(err),
		})
	default:
		verification.Answer(allowed)
	}
	return nil
}
