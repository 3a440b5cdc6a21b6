package audit

import (
	"net/url"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	fieldselectors "k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

// first is the first value of a parameter, as net/url.ParseQuery reads it.
func first(query, key string) (value string, ok bool) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if strings.Contains(pair, ";") {
			continue
		}
		name, escaped, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err != nil || name != key {
			continue
		}
		if value, err := url.QueryUnescape(escaped); err == nil {
			return value, true
		}
	}
	return "", false
}

// watches tells whether a get of a collection is a watch.
func watches(query string) bool {
	value, ok := first(query, "watch")
	return ok && value != "0" && !strings.EqualFold(value, "false")
}

// selectedName is the one name that a list or watch asks for by its field selector. The API
// server forgets it when it cannot read the rest of the ListOptions.
func selectedName(query string) string {
	text, ok := first(query, "fieldSelector")
	if !ok || text == "" {
		return ""
	}
	selector, err := fieldselectors.ParseSelector(text)
	if err != nil {
		return ""
	}
	name, ok := selector.RequiresExactMatch("metadata.name")
	if !ok || len(content.IsPathSegmentName(name)) > 0 || !isListOptions(query) {
		return ""
	}
	return name
}

// isListOptions tells whether the parameters beside fieldSelector can be read as those of
// metav1.ListOptions: the others are texts and flags, which always can.
func isListOptions(query string) bool {
	for _, key := range []string{"limit", "timeoutSeconds"} {
		if text, ok := first(query, key); ok {
			if _, err := strconv.ParseInt(text, 10, 64); err != nil {
				return false
			}
		}
	}
	text, _ := first(query, "labelSelector")
	_, err := labels.Parse(text)
	return err == nil
}
