package observation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// ParseAll reads documents of Observations that follow each other: JSON as such, YAML with --- between
// them. One that cannot be read makes the error, which counts from 1.
func ParseAll(data []byte) ([]*api.Observations, error) {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) && json.Valid(data) {
		doc, err := Parse(data)
		return []*api.Observations{doc}, err
	}
	texts, err := documents(data)
	if err != nil {
		return nil, err
	}
	var docs []*api.Observations
	for i, text := range texts {
		doc, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("document %d of %d: %w", i+1, len(texts), err)
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// documents parts what follows each other. JSON that breaks off is left to the decoder of YAML, which
// says where.
func documents(data []byte) ([][]byte, error) {
	if texts, ok := jsonDocuments(data); ok {
		return texts, nil
	}
	var texts [][]byte
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		switch err := decoder.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return texts, nil
		case err != nil:
			return nil, fmt.Errorf("read Observations: %w", err)
		case len(doc.Content) != 1 || doc.Content[0].Tag == "!!null":
			continue
		}
		text, err := yaml.Marshal(&doc)
		if err != nil {
			return nil, fmt.Errorf("read Observations: %w", err)
		}
		texts = append(texts, text)
	}
}

func jsonDocuments(data []byte) ([][]byte, bool) {
	var texts [][]byte
	decoder := json.NewDecoder(bytes.NewReader(data))
	for {
		var text json.RawMessage
		switch err := decoder.Decode(&text); {
		case errors.Is(err, io.EOF):
			return texts, true
		case err != nil:
			return nil, false
		}
		texts = append(texts, text)
	}
}
