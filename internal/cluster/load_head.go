package cluster

import (
	"encoding/json"
	"fmt"
	"strings"
)

// head is what decides how a document is read.
type head struct {
	apiVersion, kind string
	// items is a list of items, or null.
	items []byte
	// sealed tells that SOPS has encrypted values of the document.
	sealed bool
}

// see takes a field of the document; value is its JSON.
func (h *head) see(key string, value []byte) {
	switch key {
	case "apiVersion":
		h.apiVersion = jsonText(value)
	case "kind":
		h.kind = jsonText(value)
	case "sops":
		h.sealed = value[0] == '{'
	case "items":
		if value[0] == '[' || string(value) == "null" {
			h.items = value
		}
	}
}

// jsonText is the text of a JSON string, empty for any other value.
func jsonText(value []byte) string {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return ""
	}
	return text
}

// or fills what is not set from the list that an item stands in.
func (h head) or(list head) head {
	if h.apiVersion == "" && h.kind == "" && list.itemKind() != "" {
		h.apiVersion, h.kind = list.apiVersion, list.itemKind()
	}
	return h
}

// itemKind is the kind of the items of a typed list, such as Pod for PodList; empty for List.
func (h head) itemKind() string { return strings.TrimSuffix(h.kind, "List") }

func (h head) complete() bool { return h.apiVersion != "" && h.kind != "" }

// missingHead says which of apiVersion and kind are not set.
func missingHead(apiVersion, kind string) error {
	switch {
	case apiVersion == "" && kind == "":
		return fmt.Errorf("%w: apiVersion and kind are not set", errNotObject)
	case apiVersion == "":
		return fmt.Errorf("%w: apiVersion is not set", errNotObject)
	default:
		return fmt.Errorf("%w: kind is not set", errNotObject)
	}
}
