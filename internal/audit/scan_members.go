package audit

// top goes over the members of an event.
func (f *scanned) top(b []byte, k key, i int) int {
	switch k {
	case keyKind:
		return f.text(b, i, k, &f.kind)
	case keyLevel:
		end := f.text(b, i, k, &f.level)
		if f.seen == 1<<keyKind|1<<keyLevel {
			f.headEnd = end
		}
		return end
	case keyID:
		return f.text(b, i, k, &f.id)
	case keyStage:
		return f.bare(b, i, k, &f.stage)
	case keyURI:
		return f.text(b, i, k, &f.uri)
	case keyVerb:
		return f.text(b, i, k, &f.verb)
	case keyUser:
		return f.userAgain(b, i)
	case keyImpersonated:
		return f.account(b, i, k, &f.impersonated)
	case keyAuthentication:
		return f.within(b, i, k, (*scanned).authentication)
	case keySources:
		if b[i] == '[' {
			return skipTexts(b, i)
		}
	case keyAgent:
		return f.agentAgain(b, i)
	case keyObject:
		f.object.present = b[i] == '{'
		return f.within(b, i, k, (*scanned).about)
	case keyStatus:
		return f.statusAgain(b, i)
	case keyReceived:
		return f.bare(b, i, k, &f.received)
	case keyAnnotations:
		return f.annotationsAgain(b, i)
	case keyRequest:
		return f.body(b, i, k, &f.request)
	case keyResponse:
		return f.body(b, i, k, &f.response)
	}
	return skipValue(b, i)
}

func (f *scanned) authentication(b []byte, k key, i int) int {
	if k == keyConstraint {
		return f.text(b, i, k, &f.constraint)
	}
	return skipValue(b, i)
}

func (f *scanned) annotation(b []byte, k key, i int) int {
	switch k {
	case keyDecision:
		return f.text(b, i, k, &f.decision)
	case keyReason:
		return f.text(b, i, k, &f.reason)
	}
	return skipValue(b, i)
}

func (f *scanned) about(b []byte, k key, i int) int {
	switch k {
	case keyGroup:
		return f.text(b, i, k, &f.object.group)
	case keyResource:
		return f.bare(b, i, k, &f.object.resource)
	case keySubresource:
		return f.bare(b, i, k, &f.object.subresource)
	case keyNamespace:
		return f.text(b, i, k, &f.object.namespace)
	case keyName:
		return f.text(b, i, k, &f.object.name)
	}
	return skipValue(b, i)
}

func (f *scanned) status(b []byte, k key, i int) int {
	switch k {
	case keyCode:
		if !f.once(k) {
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
	case keyMessage:
		return f.text(b, i, k, &f.message)
	}
	return skipValue(b, i)
}

// account takes a user or null.
func (f *scanned) account(b []byte, i int, k key, to *scannedUser) int {
	each := (*scanned).userMember
	if k == keyImpersonated {
		each = (*scanned).impersonatedMember
	}
	begin := i
	if i = f.within(b, i, k, each); i != bad && b[begin] == '{' {
		to.present = true
		to.whole = span{int32(begin), int32(i)}
	}
	return i
}

func (f *scanned) userMember(b []byte, k key, i int) int {
	switch k {
	case keyUserName:
		return f.text(b, i, k, &f.user.name)
	case keyUID:
		return f.text(b, i, k, &f.user.uid)
	case keyGroups:
		return f.texts(b, i, k, &f.user.groups)
	case keyExtra:
		f.user.extra.from = int32(i)
		end := f.within(b, i, k, (*scanned).userExtra)
		f.user.extra.to = int32(end)
		return end
	}
	return skipValue(b, i)
}

func (f *scanned) userExtra(b []byte, k key, i int) int {
	if k == keyPod {
		return f.texts(b, i, k, &f.user.pod)
	}
	return skipTexts(b, i)
}

// impersonatedMember does without the parts: an impersonated user is read as a whole.
func (f *scanned) impersonatedMember(b []byte, k key, i int) int {
	var none span
	switch k {
	case keyUserName:
		return f.text(b, i, keyOtherName, &none)
	case keyUID:
		return f.text(b, i, keyOtherUID, &none)
	case keyGroups:
		return f.texts(b, i, keyOtherGroups, &none)
	case keyExtra:
		return f.within(b, i, keyOtherExtra, (*scanned).impersonatedExtra)
	}
	return skipValue(b, i)
}

func (f *scanned) impersonatedExtra(b []byte, _ key, i int) int { return skipTexts(b, i) }
