package cluster

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"
)

// Review asks the API server whether somebody may do something, for each of the questions.
// It creates SubjectAccessReviews, which the server answers and does not keep. The error is
// the first that was met; answers then are of no use.
func Review(ctx context.Context, conn Connection, questions []authorizationv1.SubjectAccessReviewSpec) ([]bool, error) {
	cl, err := newClient(conn.Config, conn.ChunkSize)
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", conn.Context, err)
	}
	typed, err := cl.typed(authorizationv1.SchemeGroupVersion)
	if err != nil {
		return nil, fmt.Errorf("ask for access: %w", err)
	}
	allowed := make([]bool, len(questions))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxConcurrentReads)
	for i := range questions {
		g.Go(func() error {
			var err error
			allowed[i], err = review(ctx, typed, questions[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return allowed, nil
}

func review(ctx context.Context, typed *rest.RESTClient, question authorizationv1.SubjectAccessReviewSpec) (bool, error) {
	answer := &authorizationv1.SubjectAccessReview{}
	err := typed.Post().Resource("subjectaccessreviews").Body(&authorizationv1.SubjectAccessReview{Spec: question}).Do(ctx).Into(answer)
	return answer.Status.Allowed && !answer.Status.Denied, err
}
