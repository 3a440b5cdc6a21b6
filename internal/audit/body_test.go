package audit

import "testing"

// TestNeedsBody: a body is looked at where it says something about rights, and nowhere else.
func TestNeedsBody(t *testing.T) {
	for _, c := range []struct {
		resource, subresource string
		want                  bool
	}{
		{"roles", "", true},
		{"clusterroles", "", true},
		{"rolebindings", "", true},
		{"clusterrolebindings", "", true},
		{"subjectaccessreviews", "", true},
		{"localsubjectaccessreviews", "", true},
		{"clustertrustbundles", "", true},
		{"certificatesigningrequests", "approval", true},
		{"certificatesigningrequests", "status", true},
		{"certificatesigningrequests", "", false},
		{"podcertificaterequests", "status", true},
		{"podcertificaterequests", "", false},
		{"validatingadmissionpolicies", "", true},
		{"validatingadmissionpolicybindings", "", true},
		{"mutatingadmissionpolicies", "", true},
		{"mutatingadmissionpolicybindings", "", true},
		{"mutatingadmissionpolicies", "status", false},
		{"resourceclaims", "status", true},
		{"resourceclaims", "", false},
		{"selfsubjectaccessreviews", "", false},
		{"secrets", "", false},
		{"pods", "status", false},
		{"", "", false},
	} {
		if got := needsBody(c.resource, c.subresource); got != c.want {
			t.Errorf("%s/%s: %t", c.resource, c.subresource, got)
		}
	}
	if !namesOwners([]byte(`{"metadata":{"ownerReferences":[{"blockOwnerDeletion":true}]}}`)) || namesOwners([]byte(`{"metadata":{}}`)) {
		t.Error("owners")
	}
}
