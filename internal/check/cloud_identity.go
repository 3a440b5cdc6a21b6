package check

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// CloudIdentity finds pods that have a role in a cloud.
func CloudIdentity() Check {
	return Check{
		ID:        "cloud-identity",
		Title:     "Pod has an identity in a cloud",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K08", "attack:T1552"},
		Doc: "Code in the pod acts in the cloud with what its role there allows, which is not read. Looked at " +
			"are the account's annotations eks.amazonaws.com/role-arn, iam.gke.io/gcp-service-account and " +
			"azure.workload.identity/client-id (of use to pods with the label " +
			"azure.workload.identity/use), projected tokens for the audiences of AWS, Google and Azure, " +
			"and the environment variables that point AWS clients to a role. What clouds keep on their own " +
			"side, such as EKS Pod Identity associations and GKE's direct access, shows in live pods or " +
			"not at all. One finding for each cloud. Unknown where the account could not be read and the pod shows none. " +
			"Sources: https://docs.aws.amazon.com/eks/latest/userguide/service-accounts.html, " +
			"https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity, " +
			"https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html.",
		Fix:      "an account of its own for the workload, and a cloud role with what it uses alone; neither where it uses none",
		MayBreak: "programs that call the cloud's APIs",
		Account:  true,
		Eval: func(s Subject) []Violation {
			if s.Account == nil {
				return nil
			}
			var out []Violation
			for _, c := range clouds() {
				for _, find := range []func(Subject, cloud) *Violation{annotated, tokened, environed} {
					if v := find(s, c); v != nil {
						v.Want, v.Key = "none, or a role of its own", "cloud:"+c.name
						out = append(out, *v)
						break
					}
				}
			}
			if account := s.Context.ServiceAccounts[accountOf(s)]; len(out) == 0 && account.Fact == workload.FactUnknown {
				out = append(out, Violation{
					Unknown: true, Path: s.Join("spec.serviceAccountName"), Got: "unknown", Want: "none",
					Message: fmt.Sprintf("ServiceAccount %s could not be read: it may name a role in a cloud", accountOf(s)),
				})
			}
			return out
		},
	}
}

// cloud is how a cloud gives pods a role.
type cloud struct {
	name string
	// annotation of accounts that names the role.
	annotation string
	// label that pods need beside; empty where they need none.
	label string
	// audiences of tokens for the cloud.
	audience func(string) bool
	// variables that point clients to a role.
	variables []string
}

// clouds: the names are those of amazon-eks-pod-identity-webhook, of EKS Pod Identity, of GKE
// (its pool is PROJECT.svc.id.goog) and of azure-workload-identity.
func clouds() [3]cloud {
	return [...]cloud{
		{
			name: "AWS", annotation: "eks.amazonaws.com/role-arn",
			audience:  func(a string) bool { return a == "sts.amazonaws.com" || a == "pods.eks.amazonaws.com" },
			variables: []string{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
		},
		{
			name: "Google Cloud", annotation: "iam.gke.io/gcp-service-account",
			audience: func(a string) bool {
				return strings.HasSuffix(a, ".svc.id.goog") || strings.Contains(a, "//iam.googleapis.com/")
			},
		},
		{
			name: "Azure", annotation: "azure.workload.identity/client-id", label: "azure.workload.identity/use",
			audience:  func(a string) bool { return a == "api://AzureADTokenExchange" },
			variables: []string{"AZURE_FEDERATED_TOKEN_FILE"},
		},
	}
}

// annotated finds the role that the account names. An account alone has no pod to be labelled.
func annotated(s Subject, c cloud) *Violation {
	account := s.Context.ServiceAccounts[accountOf(s)]
	if account.Fact != workload.FactYes || account.Value.Annotations[c.annotation] == "" {
		return nil
	}
	if c.label != "" && s.Meta.Labels[c.label] != "true" && len(s.Spec.Containers) > 0 {
		return nil
	}
	role := account.Value.Annotations[c.annotation]
	return &Violation{
		Path: s.Join("spec.serviceAccountName"), Got: role,
		Message: fmt.Sprintf("acts in %s as %s, by annotation %s of ServiceAccount %s", c.name, role, c.annotation, accountOf(s)),
	}
}

// tokened finds a token for the cloud, and the label by which the pod is given one.
func tokened(s Subject, c cloud) *Violation {
	for t := range projectedTokens(s) {
		if c.audience(t.Audience) {
			return &Violation{
				Path: t.path + ".audience", Got: t.Audience,
				Message: fmt.Sprintf("has a token for %s (audience %s), in volume %s", c.name, t.Audience, t.volume),
			}
		}
	}
	if c.label != "" && s.Meta.Labels[c.label] == "true" {
		return &Violation{
			Path: s.Join(fmt.Sprintf("metadata.labels['%s']", c.label)), Got: "true",
			Message: fmt.Sprintf("is given a token for %s, by label %s", c.name, c.label),
		}
	}
	return nil
}

// environed finds variables that point clients to a role. Their values are not told.
func environed(s Subject, c cloud) *Violation {
	for container := range s.Containers() {
		i := slices.IndexFunc(container.Env, func(e corev1.EnvVar) bool { return slices.Contains(c.variables, e.Name) })
		if i >= 0 {
			return &Violation{
				Path: container.Field(fmt.Sprintf("env[%d]", i)), Got: "set",
				Message: fmt.Sprintf("is pointed to a role in %s, by %s of container %s", c.name, container.Env[i].Name, container.Name),
			}
		}
	}
	return nil
}
