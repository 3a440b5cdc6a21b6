// Command rbac answers questions with the RBAC authorizer of k8s.io/kubernetes and the filters
// of k8s.io/apiserver, for the tests that compare internal/rbac and internal/audit with
// them. It is a module of its own and knows nothing of the plugin.
//
// Standard input is a stream of JSON documents, each a policy with SubjectAccessReview
// specifications, and optionally rules held and wanted, requests, and requests as another user.
// For each document it writes a line: the reasons of the decisions, empty for what is not
// allowed, whether the rules held cover those wanted, what the authorizer is asked for the
// requests, and what for acting as another. Objects are looked at in the order in which they
// are given.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	covering "k8s.io/component-helpers/auth/rbac/validation"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

type question struct {
	Roles               []*rbacv1.Role                               `json:"roles"`
	ClusterRoles        []*rbacv1.ClusterRole                        `json:"clusterRoles"`
	RoleBindings        []*rbacv1.RoleBinding                        `json:"roleBindings"`
	ClusterRoleBindings []*rbacv1.ClusterRoleBinding                 `json:"clusterRoleBindings"`
	Reviews             []authorizationv1.SubjectAccessReviewSpec    `json:"reviews"`
	Covers              []struct{ Held, Wanted []rbacv1.PolicyRule } `json:"covers"`
	Requests            []sent                                       `json:"requests"`
	Attempts            []attempt                                    `json:"attempts"`
}

type answer struct {
	Reasons []string `json:"reasons"`
	Covered []bool   `json:"covered"`
	Asked   []asked  `json:"asked"`
	Became  []became `json:"became"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	buffered := bufio.NewWriter(out)
	decoder, encoder := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(buffered)
	for {
		var q question
		if err := decoder.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a question: %w", err)
		}
		a, err := q.answer(context.Background())
		if err != nil {
			return err
		}
		if err := encoder.Encode(a); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
		if err := buffered.Flush(); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
	}
}

func (q *question) answer(ctx context.Context) (answer, error) {
	_, objects := validation.NewTestRuleResolver(q.Roles, q.RoleBindings, q.ClusterRoles, q.ClusterRoleBindings)
	upstream := rbac.New(objects, objects, objects, objects)
	var a answer
	for i := range q.Reviews {
		decision, reason, err := upstream.Authorize(ctx, attributes(&q.Reviews[i]))
		if err != nil {
			return a, fmt.Errorf("authorize: %w", err)
		}
		if decision != authorizer.DecisionAllow {
			reason = ""
		}
		a.Reasons = append(a.Reasons, reason)
	}
	for _, c := range q.Covers {
		covered, _ := covering.Covers(c.Held, c.Wanted)
		a.Covered = append(a.Covered, covered)
	}
	for _, r := range q.Requests {
		a.Asked = append(a.Asked, r.asked())
	}
	for _, attempt := range q.Attempts {
		b, err := attempt.became()
		if err != nil {
			return a, err
		}
		a.Became = append(a.Became, b)
	}
	return a, nil
}

func attributes(spec *authorizationv1.SubjectAccessReviewSpec) authorizer.Attributes {
	record := authorizer.AttributesRecord{User: &user.DefaultInfo{Name: spec.User, Groups: spec.Groups}}
	if n := spec.NonResourceAttributes; n != nil {
		record.Verb, record.Path = n.Verb, n.Path
		return record
	}
	r := spec.ResourceAttributes
	record.ResourceRequest = true
	record.Verb, record.APIGroup, record.Resource, record.Subresource = r.Verb, r.Group, r.Resource, r.Subresource
	record.Namespace, record.Name = r.Namespace, r.Name
	return record
}
