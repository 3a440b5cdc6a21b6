package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// reasonForbidden is the Reason of a read for which a right is missing.
const reasonForbidden = "forbidden"

// Reason says in a few words why a read failed.
func Reason(err error) string {
	var status apierrors.APIStatus
	switch {
	case errors.As(err, &status):
		return statusReason(err, int(status.Status().Code))
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err), strings.Contains(err.Error(), "would exceed context deadline"):
		// the rate limiter of client-go gives up before the time is up
		return "timed out"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case utilnet.IsConnectionReset(err), utilnet.IsProbableEOF(err), strings.HasSuffix(err.Error(), "unexpected EOF"):
		// client-go does not wrap the cause of a body that was cut
		return "connection cut"
	}
	return lastCause(err)
}

func statusReason(err error, code int) string {
	switch {
	case apierrors.IsForbidden(err):
		return reasonForbidden
	case apierrors.IsUnauthorized(err):
		return "unauthorized"
	case apierrors.IsNotFound(err):
		return "not found"
	case apierrors.IsTooManyRequests(err):
		return "too many requests"
	case apierrors.IsTimeout(err), apierrors.IsServerTimeout(err):
		return "timed out"
	}
	return fmt.Sprintf("server error %d", code)
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}

// lastCause drops the URL that net/http puts before its errors.
func lastCause(err error) string {
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		return urlErr.Err.Error()
	}
	return err.Error()
}

// fail notes a read that failed.
func (inv *Inventory) fail(what string, read api.Unread, err error) {
	read.What, read.Reason = what, Reason(err)
	inv.Unread = append(inv.Unread, read)
}

// PodsUnread tells whether pods of a namespace may be missing, as a list of pods failed.
func (inv *Inventory) PodsUnread(namespace string) bool {
	if namespace != "" && inv.support.listed[ownerKey{"", "Pod", namespace, ""}] {
		return false
	}
	return slices.ContainsFunc(inv.Unread, func(u api.Unread) bool {
		return u.Hides && u.Verb == "list" && u.Group == "" && u.Resource == "pods" && (u.Namespace == "" || u.Namespace == namespace)
	})
}

// Failed says how the list of a resource failed that a namespace's objects were to be in:
// "list services in namespace shop: forbidden"; empty where none failed.
func (inv *Inventory) Failed(group, resource, namespace string) string {
	at := slices.IndexFunc(inv.Unread, func(u api.Unread) bool {
		return u.Verb == "list" && u.Group == group && u.Resource == resource && (u.Namespace == "" || namespace == "" || u.Namespace == namespace)
	})
	if at < 0 {
		return ""
	}
	u := inv.Unread[at]
	text := "list " + schema.GroupResource{Group: group, Resource: resource}.String()
	if u.Namespace != "" {
		text += " in namespace " + u.Namespace
	}
	return text + ": " + u.Reason
}

// sortUnread makes the order independent of which read failed first. Of one right that several
// reads wanted, that is told for want of which workloads may be missing.
func (inv *Inventory) sortUnread() {
	hides := func(u api.Unread) int {
		if u.Hides {
			return 0
		}
		return 1
	}
	slices.SortFunc(inv.Unread, func(a, b api.Unread) int {
		return cmp.Or(strings.Compare(unreadKey(a), unreadKey(b)), hides(a)-hides(b), strings.Compare(a.What, b.What))
	})
	inv.Unread = slices.CompactFunc(inv.Unread, func(a, b api.Unread) bool { return unreadKey(a) == unreadKey(b) })
}

func unreadKey(u api.Unread) string {
	return strings.Join([]string{u.Group, u.Resource, u.Namespace, u.Verb, u.Reason}, "\x00")
}
