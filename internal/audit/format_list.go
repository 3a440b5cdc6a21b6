package audit

import "strings"

// listFormat is what a webhook is sent: an EventList, or several. A core v1 List and an array of
// events are read, too.
func listFormat() format {
	return format{name: "audit EventList", claims: claimsList, cut: (*cutter).documents}
}

// claimsList wants a list that begins with an event, or an EventList with nothing in it.
func claimsList(head []byte) bool {
	o := outlineOf(head)
	if len(o.docs) > 0 && o.listed {
		return isEvent(o.docs[0])
	}
	members := firstMembers(o.text)
	return members["kind"] == `"EventList"` && strings.HasPrefix(members["apiVersion"], `"audit.k8s.io/`)
}
