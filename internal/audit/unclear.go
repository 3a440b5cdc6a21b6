package audit

// What an event may be about whose body does not say what else was asked for.
const (
	aboutRole         = "write of a role"
	aboutBinding      = "write of a role binding"
	aboutSigner       = "write for a signer"
	aboutOwners       = "write of owner references"
	aboutPolicy       = "write of an admission policy"
	aboutParameters   = "write of the binding of an admission policy"
	aboutClaim        = "write of the status of a resource claim"
	aboutReview       = "SubjectAccessReview"
	whyNoBody         = ", whose body is not in the log"
	whyNotRead        = ", whose body cannot be read"
	whyPatch          = ", a patch without its answer"
	unclearReview     = aboutReview + " without its answer"
	unclearParameters = aboutParameters + ", which does not name the kind of the parameters"
)

// Unclear tells why an event does not show all that was asked for its request, though its level
// of the audit policy, or a body that is there, says that it should; empty where it does. There
// are a few constant texts. Of events at level Metadata the level tells that they show nothing.
func Unclear(e *Event) string {
	if !e.needsBodies() {
		return ""
	}
	_, _, unclear := Examine(e)
	return unclear
}

// blind notes that the bodies do not tell what they are looked at for. The first thing is told.
func (r *reading) blind(about string) {
	request, response := hasBody(r.Request), hasBody(r.Response)
	var patch any
	switch {
	case r.unclear != "":
	case !request && !response && r.Level != "Request" && r.Level != "RequestResponse":
	case !request && !response:
		r.unclear = about + whyNoBody
	case r.action.Verb == "patch" && !response && readBody(r.Request, &patch):
		r.unclear = about + whyPatch
	default:
		r.unclear = about + whyNotRead
	}
}

// hasBody tells a body from none, which is null where it was left out.
func hasBody(body []byte) bool { return len(body) > 0 && string(body) != "null" }
