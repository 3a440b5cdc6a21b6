package api

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
)

// AccountPrefix begins the user names of ServiceAccounts; ServiceAccountUsernamePrefix of
// k8s.io/apiserver/pkg/authentication/serviceaccount.
const AccountPrefix = "system:serviceaccount:"

// AccountUser is the user name of a ServiceAccount, as MakeUsername of
// k8s.io/apiserver/pkg/authentication/serviceaccount makes it.
func AccountUser(namespace, name string) string { return AccountPrefix + namespace + ":" + name }

// AccountOf reads the user name of a ServiceAccount, as SplitUsername there does: it is none
// where the namespace or the name could not be one of an object.
func AccountOf(user string) (namespace, name string, ok bool) {
	rest, found := strings.CutPrefix(user, AccountPrefix)
	if !found {
		return "", "", false
	}
	namespace, name, found = strings.Cut(rest, ":")
	if !found || len(validation.ValidateNamespaceName(namespace, false)) > 0 ||
		len(validation.ValidateServiceAccountName(name, false)) > 0 {
		return "", "", false
	}
	return namespace, name, true
}
