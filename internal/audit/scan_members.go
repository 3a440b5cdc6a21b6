package audit

// top goes over the members of an event.
func (f *scanned) top(b, key []byte, i int) int {
	switch string(key) {
	case "kind":
		return f.text(b, i, seenKind, &f.kind)
	case "level":
		end := f.text(b, i, seenLevel, &f.level)
		if f.seen == seenKind|seenLevel {
			f.headEnd = end
		}
		return end
	case "auditID":
		return f.text(b, i, seenID, &f.id)
	case "stage":
		return f.text(b, i, seenStage, &f.stage)
	case "requestURI":
		return f.text(b, i, seenURI, &f.uri)
	case "verb":
		return f.text(b, i, seenVerb, &f.verb)
	case "user":
		return f.userAgain(b, i)
	case "impersonatedUser":
		return f.account(b, i, seenImpersonated, &f.impersonated)
	case "authenticationMetadata":
		return f.within(b, i, seenAuthentication, (*scanned).authentication)
	case "userAgent":
		return f.text(b, i, seenAgent, &f.agent)
	case "objectRef":
		f.object.present = b[i] == '{'
		return f.within(b, i, seenObject, (*scanned).about)
	case "responseStatus":
		return f.statusAgain(b, i)
	case "requestReceivedTimestamp":
		return f.text(b, i, seenReceived, &f.received)
	case "annotations":
		return f.annotationsAgain(b, i)
	case "requestObject":
		return f.body(b, i, seenRequest, &f.request)
	case "responseObject":
		return f.body(b, i, seenResponse, &f.response)
	}
	return skipValue(b, i)
}

func (f *scanned) authentication(b, key []byte, i int) int {
	if string(key) == "impersonationConstraint" {
		return f.text(b, i, seenConstraint, &f.constraint)
	}
	return skipValue(b, i)
}

func (f *scanned) annotation(b, key []byte, i int) int {
	switch string(key) {
	case decisionKey:
		return f.text(b, i, seenDecision, &f.decision)
	case reasonKey:
		return f.text(b, i, seenReason, &f.reason)
	}
	return skipValue(b, i)
}

func (f *scanned) about(b, key []byte, i int) int {
	switch string(key) {
	case "apiGroup":
		return f.text(b, i, seenGroup, &f.object.group)
	case "resource":
		return f.text(b, i, seenResource, &f.object.resource)
	case "subresource":
		return f.text(b, i, seenSubresource, &f.object.subresource)
	case "namespace":
		return f.text(b, i, seenNamespace, &f.object.namespace)
	case "name":
		return f.text(b, i, seenName, &f.object.name)
	}
	return skipValue(b, i)
}

func (f *scanned) status(b, key []byte, i int) int {
	switch string(key) {
	case "code":
		if !f.once(seenCode) {
			return bad
		}
		if b[i] == 'n' {
			return skipWord(b, i, "null")
		}
		end := skipDigits(b, i)
		if end == bad || end-i > 9 || b[i] == '0' && end-i > 1 {
			return bad
		}
		// What follows the digits of another number is no comma.
		f.code = span{int32(i), int32(end)}
		return end
	case "message":
		return f.text(b, i, seenMessage, &f.message)
	}
	return skipValue(b, i)
}

// account takes a user or null.
func (f *scanned) account(b []byte, i int, bit uint64, to *scannedUser) int {
	each := (*scanned).userMember
	if bit == seenImpersonated {
		each = (*scanned).impersonatedMember
	}
	begin := i
	if i = f.within(b, i, bit, each); i != bad && b[begin] == '{' {
		to.present = true
		to.whole = span{int32(begin), int32(i)}
	}
	return i
}

func (f *scanned) userMember(b, key []byte, i int) int {
	switch string(key) {
	case "username":
		return f.text(b, i, seenUserName, &f.user.name)
	case "uid":
		return f.text(b, i, seenUserID, &f.user.uid)
	case "groups":
		return f.texts(b, i, seenUserGroups, &f.user.groups)
	case "extra":
		f.user.extra.from = int32(i)
		end := f.within(b, i, seenUserExtra, (*scanned).userExtra)
		f.user.extra.to = int32(end)
		return end
	}
	return skipValue(b, i)
}

func (f *scanned) userExtra(b, key []byte, i int) int {
	if string(key) == podNameKey {
		return f.texts(b, i, seenPod, &f.user.pod)
	}
	return skipTexts(b, i)
}

// impersonatedMember does without the parts: an impersonated user is read as a whole.
func (f *scanned) impersonatedMember(b, key []byte, i int) int {
	var none span
	switch string(key) {
	case "username":
		return f.text(b, i, seenOtherName, &none)
	case "uid":
		return f.text(b, i, seenOtherID, &none)
	case "groups":
		return f.texts(b, i, seenOtherGroups, &none)
	case "extra":
		return f.within(b, i, seenOtherExtra, (*scanned).impersonatedExtra)
	}
	return skipValue(b, i)
}

func (f *scanned) impersonatedExtra(b, _ []byte, i int) int { return skipTexts(b, i) }
