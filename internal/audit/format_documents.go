package audit

// documentsFormat is events over several lines, as jq prints them, or several on one.
func documentsFormat() format {
	return format{name: "audit events, JSON documents", claims: claimsDocuments, cut: (*cutter).documents}
}

func claimsDocuments(head []byte) bool {
	o := outlineOf(head)
	return len(o.docs) > 0 && !o.listed && isEvent(o.docs[0]) && !claimsLines(head) && !claimsList(head)
}
