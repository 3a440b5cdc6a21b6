package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// jsonList is a list whose items are read one by one.
type jsonList struct {
	number int
	head   head
	// first is the place in the file's results of its first item.
	first int
	// ended tells that all of it was read, so that head is complete.
	ended bool
}

// jsonObject reads one object of the stream, a list item by item. It tells whether what
// follows can be read.
func (s *stream) jsonObject(ctx context.Context) (bool, error) {
	s.file.documents++
	number, line := s.file.documents, s.line
	list := &jsonList{number: number, first: -1}
	raw, err := s.jsonFields(ctx, list)
	switch {
	case errors.Is(err, errTooLarge):
		s.file.fail(number, line, err)
		return true, nil
	case isJSONError(err):
		if at := s.line; list.first >= 0 || !s.yamlInstead(raw, number, line) {
			s.file.fail(number, at, err)
			return false, nil
		}
		return false, s.yamlDocuments(ctx)
	case err != nil:
		return false, err
	case list.first < 0 && !json.Valid(raw) && s.yamlInstead(raw, number, line):
		return false, s.yamlDocuments(ctx)
	case list.first < 0:
		s.jsonDocument(ctx, raw, number, line)
	default:
		s.endList(list, raw, line)
	}
	return true, nil
}

// jsonError is a fault of the text; reading cannot go on behind it.
type jsonError struct{ error }

func isJSONError(err error) bool {
	_, ok := errors.AsType[jsonError](err)
	return ok
}

func (s *stream) jsonDocument(ctx context.Context, raw []byte, number, line int) {
	file := s.file
	s.load.do(ctx, file, func() loadResult {
		doc, failed := newJSONDocument(file, number, raw, line)
		if doc == nil {
			return failed
		}
		return doc.objects()
	})
}

// newJSONDocument gives nil and the problem when raw is no JSON.
func newJSONDocument(file *inputFile, number int, raw []byte, line int) (*document, loadResult) {
	scan, err := scanJSON(raw, line)
	if err != nil {
		p := file.problem(number, lineOfError(err, line), err)
		return nil, loadResult{problems: []Problem{p}}
	}
	return &document{file: file, number: number, raw: raw, head: scan.head, lines: scan.lines.index()}, loadResult{}
}

// endList judges a list by what stands around its items.
func (s *stream) endList(list *jsonList, raw []byte, line int) {
	doc, failed := newJSONDocument(s.file, list.number, raw, line)
	if doc != nil {
		failed = doc.objects()
		if _, err := doc.decodeUnstructured(); err != nil {
			failed = doc.fail(doc.explain(schema.GroupVersionKind{}, err))
		}
	}
	if len(failed.problems) > 0 {
		s.file.results = s.file.results[:list.first]
		s.file.results = append(s.file.results, &failed)
		return
	}
	list.head, list.ended = doc.head, true
	s.file.results = append(s.file.results, &loadResult{answered: true})
}

// jsonFields reads an object and gives its text with the list of its items, if it has one,
// left out: those are read as they come. With an error comes the text that was read.
func (s *stream) jsonFields(ctx context.Context, list *jsonList) ([]byte, error) {
	c := &jsonCapture{stream: s}
	if err := c.take(); err != nil {
		return c.text, err
	}
	for {
		next, err := c.peek()
		switch {
		case err != nil:
			return c.text, err
		case next == '}':
			err := c.take()
			return c.text, errors.Join(err, c.tooLarge)
		case next == ',':
			if err := c.take(); err != nil {
				return c.text, err
			}
			continue
		}
		if err := s.jsonField(ctx, c, list); err != nil {
			return c.text, err
		}
	}
}

func (s *stream) jsonField(ctx context.Context, c *jsonCapture, list *jsonList) error {
	start := len(c.text)
	if err := c.value(); err != nil {
		return err
	}
	key := jsonText(bytes.TrimSpace(c.text[min(start, len(c.text)):]))
	next, err := c.peek()
	if err != nil {
		return err
	}
	if next != ':' {
		return c.unexpected(next, "after object key")
	}
	if err := c.take(); err != nil {
		return err
	}
	if next, err = c.peek(); err != nil {
		return err
	}
	if key == "items" && next == '[' {
		return s.jsonItems(ctx, c, list)
	}
	start = len(c.text)
	if err := c.value(); err != nil {
		return err
	}
	if c.tooLarge == nil {
		list.head.see(key, bytes.TrimSpace(c.text[start:]))
	}
	return nil
}

// jsonItems hands over the items of a list one by one; an empty list takes their place in
// the text of the list.
func (s *stream) jsonItems(ctx context.Context, c *jsonCapture, list *jsonList) error {
	if list.first < 0 {
		list.first = len(s.file.results)
	}
	if err := c.take(); err != nil {
		return err
	}
	for place := 0; ctx.Err() == nil; {
		next, err := c.peek()
		switch {
		case err != nil:
			return err
		case next == ']':
			return c.take()
		case next == ',':
			// Its place is checked by nothing else: the text keeps no item.
			if place == 0 {
				return c.unexpected(next, "looking for beginning of value")
			}
			if _, err := s.byte(); err != nil {
				return err
			}
			if next, err = c.peek(); err != nil {
				return err
			}
			if next == ',' || next == ']' {
				return c.unexpected(next, "looking for beginning of value")
			}
		case place > 0:
			return c.unexpected(next, "after array element")
		}
		if err := s.jsonItem(ctx, list, place); err != nil {
			return err
		}
		place++
	}
	return ctx.Err()
}

func (s *stream) jsonItem(ctx context.Context, list *jsonList, place int) error {
	line := s.line
	c := &jsonCapture{stream: s}
	if err := c.value(); err != nil {
		return err
	}
	path := fmt.Sprintf("items[%d]", place)
	if c.tooLarge != nil {
		s.file.fail(list.number, line, fmt.Errorf("%s: %w", path, c.tooLarge))
		return nil
	}
	file, known := s.file, list.head
	s.load.do(ctx, file, func() loadResult {
		doc, failed := newJSONDocument(file, list.number, c.text, line)
		if doc == nil {
			return failed
		}
		doc.path, doc.depth = path, 1
		doc.head = doc.head.or(known)
		if doc.head.complete() || known.complete() {
			return doc.objects()
		}
		return loadResult{pending: func() loadResult {
			if !list.ended {
				// The one problem is that of the list.
				return loadResult{}
			}
			doc.head = doc.head.or(list.head)
			return doc.objects()
		}}
	})
	return nil
}

// endOfJSON says that the text ended early, for whatever read error is no fault of the text.
func endOfJSON(err error) error {
	if errors.Is(err, io.EOF) {
		return jsonError{errJSONEnd}
	}
	return err
}
