package audit

// key is one of those that API servers write into events; keyOther is any other.
type key uint8

const (
	keyOther key = iota
	keyKind
	keyAPIVersion
	keyLevel
	keyID
	keyStage
	keyURI
	keyVerb
	keyUser
	keyImpersonated
	keyAuthentication
	keySources
	keyAgent
	keyObject
	keyStatus
	keyRequest
	keyResponse
	keyReceived
	keyStageTime
	keyAnnotations
	keyConstraint
	keyDecision
	keyReason
	keyGroup
	keyResource
	keySubresource
	keyNamespace
	keyName
	keyVersion
	keyUserName
	keyUID
	keyGroups
	keyExtra
	keyPod
	keyMetadata
	keyCode
	keyMessage

	// Members of the impersonated user, whose texts are those of the user.
	keyOtherName
	keyOtherUID
	keyOtherGroups
	keyOtherExtra

	keyCount
)

// keyTexts are the keys as they are written behind another member; of keyOther nothing is known.
var keyTexts = [keyCount]string{
	keyKind:           `,"kind":`,
	keyAPIVersion:     `,"apiVersion":`,
	keyLevel:          `,"level":`,
	keyID:             `,"auditID":`,
	keyStage:          `,"stage":`,
	keyURI:            `,"requestURI":`,
	keyVerb:           `,"verb":`,
	keyUser:           `,"user":`,
	keyImpersonated:   `,"impersonatedUser":`,
	keyAuthentication: `,"authenticationMetadata":`,
	keySources:        `,"sourceIPs":`,
	keyAgent:          `,"userAgent":`,
	keyObject:         `,"objectRef":`,
	keyStatus:         `,"responseStatus":`,
	keyRequest:        `,"requestObject":`,
	keyResponse:       `,"responseObject":`,
	keyReceived:       `,"requestReceivedTimestamp":`,
	keyStageTime:      `,"stageTimestamp":`,
	keyAnnotations:    `,"annotations":`,
	keyConstraint:     `,"impersonationConstraint":`,
	keyDecision:       `,"` + decisionKey + `":`,
	keyReason:         `,"` + reasonKey + `":`,
	keyGroup:          `,"apiGroup":`,
	keyResource:       `,"resource":`,
	keySubresource:    `,"subresource":`,
	keyNamespace:      `,"namespace":`,
	keyName:           `,"name":`,
	keyVersion:        `,"resourceVersion":`,
	keyUserName:       `,"username":`,
	keyUID:            `,"uid":`,
	keyGroups:         `,"groups":`,
	keyExtra:          `,"extra":`,
	keyPod:            `,"` + podNameKey + `":`,
	keyMetadata:       `,"metadata":`,
	keyCode:           `,"code":`,
	keyMessage:        `,"message":`,
}

// keyOf is the key of a text between quotes.
func keyOf(text []byte) key {
	switch string(text) {
	case "kind":
		return keyKind
	case "apiVersion":
		return keyAPIVersion
	case "level":
		return keyLevel
	case "auditID":
		return keyID
	case "stage":
		return keyStage
	case "requestURI":
		return keyURI
	case "verb":
		return keyVerb
	case "user":
		return keyUser
	case "impersonatedUser":
		return keyImpersonated
	case "authenticationMetadata":
		return keyAuthentication
	case "sourceIPs":
		return keySources
	case "userAgent":
		return keyAgent
	case "objectRef":
		return keyObject
	case "responseStatus":
		return keyStatus
	case "requestObject":
		return keyRequest
	case "responseObject":
		return keyResponse
	case "requestReceivedTimestamp":
		return keyReceived
	case "stageTimestamp":
		return keyStageTime
	case "annotations":
		return keyAnnotations
	}
	return memberKeyOf(text)
}

// memberKeyOf is keyOf for the members of what an event has.
func memberKeyOf(text []byte) key {
	switch string(text) {
	case "impersonationConstraint":
		return keyConstraint
	case decisionKey:
		return keyDecision
	case reasonKey:
		return keyReason
	case "apiGroup":
		return keyGroup
	case "resource":
		return keyResource
	case "subresource":
		return keySubresource
	case "namespace":
		return keyNamespace
	case "name":
		return keyName
	case "resourceVersion":
		return keyVersion
	case "username":
		return keyUserName
	case "uid":
		return keyUID
	case "groups":
		return keyGroups
	case "extra":
		return keyExtra
	case podNameKey:
		return keyPod
	case "metadata":
		return keyMetadata
	case "code":
		return keyCode
	case "message":
		return keyMessage
	}
	return keyOther
}

// order has which key came behind which the last time, and from keyCount on which one came
// first in the value of which. In most events they are those of the event before, so that
// comparing the key that is expected is all that is to do.
type order [2 * keyCount]key

// expected is the key that came at a place of the order the last time, and the end of its colon;
// that is bad where it is not written there now. What is at i, a comma or the brace of the
// object, is not looked at.
func (o *order) expected(b []byte, i int, place key) (k key, end int) {
	k = o[place]
	text := keyTexts[k]
	if k == keyOther || len(b)-i < len(text) || string(b[i+1:i+len(text)]) != text[1:] {
		return k, bad
	}
	return k, i + len(text)
}

// readKey reads a key up to the end of its colon.
func readKey(b []byte, i int) (k key, end int) {
	if i = skipSpace(b, i); i >= len(b) || b[i] != '"' {
		return keyOther, bad
	}
	end, escaped := skipText(b, i+1)
	if end == bad || escaped {
		return keyOther, bad
	}
	k = keyOf(b[i+1 : end-1])
	if end = skipSpace(b, end); end >= len(b) || b[end] != ':' {
		return keyOther, bad
	}
	return k, end + 1
}
