package source

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

const (
	// serverNamespace, serverComponent and serverPrefix find the pods of API servers as kubeadm
	// and others make them.
	serverNamespace = "kube-system"
	serverComponent = "kube-apiserver"
	serverPrefix    = serverComponent + "-"
	// pathFlag is that of kube-apiserver.
	pathFlag = "--audit-log-path"
	// logFolder is what the log endpoint of a kubelet serves.
	logFolder = "/var/log/"
	// pageSize is how many pods one request lists.
	pageSize = 500
)

// servers are the pods of API servers, those of the label, or else of the name.
func (k *kubelet) servers(ctx context.Context) ([]corev1.Pod, error) {
	pods, err := k.pods(ctx, "component="+serverComponent)
	if err != nil || len(pods) > 0 {
		return pods, err
	}
	return k.pods(ctx, "")
}

// pods lists the pods of API servers that a label selector finds, page by page.
func (k *kubelet) pods(ctx context.Context, selector string) ([]corev1.Pod, error) {
	opts := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	var found []corev1.Pod
	for {
		var page corev1.PodList
		err := k.core.Get().Namespace(serverNamespace).Resource("pods").VersionedParams(&opts, scheme.ParameterCodec).Do(ctx).Into(&page)
		if apierrors.IsResourceExpired(err) && opts.Continue != "" {
			found, opts.Continue, opts.Limit = nil, "", 0
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list pods in %s: %w", serverNamespace, err)
		}
		for i := range page.Items {
			ended := page.Items[i].Status.Phase == corev1.PodSucceeded || page.Items[i].Status.Phase == corev1.PodFailed
			if !ended && (selector != "" || strings.HasPrefix(page.Items[i].Name, serverPrefix)) {
				found = append(found, page.Items[i])
			}
		}
		if opts.Continue = page.Continue; opts.Continue == "" {
			return found, nil
		}
	}
}

// auditPath is where a node has the audit log of an API server, or why it cannot be read.
func auditPath(pod *corev1.Pod) (file, fault string) {
	container := serverContainer(pod)
	if container == nil {
		return "", "the pod has no container"
	}
	inside := flagIn(container, pathFlag)
	switch {
	case inside == "":
		return "", "no " + pathFlag + ": it writes no audit log, or a webhook takes it"
	case inside == "-":
		return "", fmt.Sprintf("%s=- is its standard output: kubectl logs -n %s %s | grep '^{\"kind\":\"Event\"', with --from -", pathFlag, pod.Namespace, pod.Name)
	case !path.IsAbs(inside):
		return "", fmt.Sprintf("%s %s is no absolute path", pathFlag, inside)
	}
	file, fault = onNode(pod, container, path.Clean(inside))
	switch {
	case fault != "":
		return "", fault
	case !strings.HasPrefix(file, logFolder):
		return "", fmt.Sprintf("%s is not below %s, which is all that a kubelet serves", file, strings.TrimSuffix(logFolder, "/"))
	case pod.Spec.NodeName == "":
		return "", "the pod is on no node"
	}
	return file, ""
}

// serverContainer is the one that runs kube-apiserver.
func serverContainer(pod *corev1.Pod) *corev1.Container {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if c.Name == serverComponent || flagIn(c, pathFlag) != "" {
			return c
		}
	}
	if len(pod.Spec.Containers) > 0 {
		return &pod.Spec.Containers[0]
	}
	return nil
}

// flagIn is the value of a flag of a container's program, which a shell may start.
func flagIn(c *corev1.Container, flag string) string {
	words := slices.Concat(c.Command, c.Args)
	if value := flagAmong(words, flag); value != "" {
		return value
	}
	return strings.Trim(flagAmong(strings.Fields(strings.Join(words, " ")), flag), `"'`)
}

// flagAmong is the value of a flag among words; the last one counts.
func flagAmong(words []string, flag string) string {
	value := ""
	for i, word := range words {
		name, after, found := strings.Cut(word, "=")
		switch {
		case name != flag:
		case found:
			value = after
		case i+1 < len(words):
			value = words[i+1]
		}
	}
	return value
}

// onNode is where a path of a container lies on its node.
func onNode(pod *corev1.Pod, c *corev1.Container, inside string) (file, fault string) {
	var mount *corev1.VolumeMount
	for i := range c.VolumeMounts {
		m := &c.VolumeMounts[i]
		at := path.Clean(m.MountPath)
		if inside != at && !strings.HasPrefix(inside, strings.TrimSuffix(at, "/")+"/") {
			continue
		}
		if mount == nil || len(at) > len(path.Clean(mount.MountPath)) {
			mount = m
		}
	}
	if mount == nil {
		return "", inside + " is in the container, on no volume of the node"
	}
	for _, v := range pod.Spec.Volumes {
		if v.Name == mount.Name && v.HostPath != nil && mount.SubPathExpr == "" {
			return path.Join(v.HostPath.Path, mount.SubPath, strings.TrimPrefix(inside, path.Clean(mount.MountPath))), ""
		}
	}
	return "", inside + " is on volume " + mount.Name + ", which is no folder of the node"
}
