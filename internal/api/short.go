package api

import "strings"

// Short is the type and the name as kubectl takes them, such as "deploy/web".
func (r Ref) Short() string {
	short := map[string]string{
		"Deployment": "deploy", "StatefulSet": "sts", "DaemonSet": "ds", "CronJob": "cj", "Job": "job", "ReplicaSet": "rs",
		"ReplicationController": "rc", "Pod": "pod", "Service": "svc",
	}[r.Kind]
	if short == "" || r.Kind == "Pod" && r.APIVersion != "v1" {
		short = strings.ToLower(r.Kind)
	}
	return short + "/" + r.Name
}

// ShortFrom is Short behind the namespace, where that is another than the reader's.
func (r Ref) ShortFrom(namespace string) string {
	if r.Namespace == "" || r.Namespace == namespace {
		return r.Short()
	}
	return r.Namespace + "/" + r.Short()
}
