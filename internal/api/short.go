package api

import "strings"

// Short is the type and the name as kubectl takes them, such as "deploy/web".
func (r Ref) Short() string { return r.shortKind() + "/" + r.Name }

func (r Ref) shortKind() string {
	switch r.Kind {
	case "Deployment":
		return "deploy"
	case "StatefulSet":
		return "sts"
	case "DaemonSet":
		return "ds"
	case "CronJob":
		return "cj"
	case "Job":
		return "job"
	case "ReplicaSet":
		return "rs"
	case "ReplicationController":
		return "rc"
	case "Service":
		return "svc"
	case "Pod":
		if r.APIVersion == "v1" {
			return "pod"
		}
	}
	return strings.ToLower(r.Kind)
}

// ShortFrom is Short behind the namespace, where that is another than the reader's.
func (r Ref) ShortFrom(namespace string) string {
	if r.Namespace == "" || r.Namespace == namespace {
		return r.Short()
	}
	return r.Namespace + "/" + r.shortKind() + "/" + r.Name
}
