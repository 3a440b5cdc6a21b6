package check

import (
	"strings"
	"testing"
)

// TestTokenFixes tells what admission gave from what a volume asks for, and a pod from a
// template.
func TestTokenFixes(t *testing.T) {
	for want, text := range map[string]string{
		"": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n",
		"make the pod anew": "apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: u}\nspec:\n" +
			"  containers: [{name: a, image: a, volumeMounts: [{name: kube-api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]}]\n" +
			"  volumes: [{name: kube-api-access, projected: {sources: [{serviceAccountToken: {path: token}}]}}]\n",
		"out of volume own,": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n" +
			"  automountServiceAccountToken: false\n  containers: [{name: a, image: a, volumeMounts: [{name: own, mountPath: /own}]}]\n" +
			"  volumes: [{name: own, projected: {sources: [{serviceAccountToken: {path: token}}]}}]\n",
	} {
		found := TokenMounted().Eval(Subject{Shape: shapeOf(t, text)})
		if len(found) != 1 || !strings.Contains(found[0].Fix, want) || want == "" && found[0].Fix != "" {
			t.Errorf("%q: %+v", want, found)
		}
	}
}
