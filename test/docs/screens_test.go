package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScreens: pictures are the same each time, stay within their frame, say what they show, and
// fetch nothing.
func TestScreens(t *testing.T) {
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range screens() {
		first, err := s.draw(top)
		if err != nil {
			t.Fatalf("%s: %v", s.file, err)
		}
		if again, err := s.draw(top); err != nil || !bytes.Equal(first, again) {
			t.Errorf("%s differs from itself: %v", s.file, err)
		}
		for _, word := range []string{"<script", "href", "url(", "@import", "/tmp", "\x1b"} {
			if bytes.Contains(first, []byte(word)) {
				t.Errorf("%s holds %q", s.file, word)
			}
		}
		checkFrame(t, s, first)
	}
}

// checkFrame reads a picture: no piece of text begins within another one of its line, or ends
// outside.
func checkFrame(t *testing.T, s screen, drawn []byte) {
	decoder, seen, ends := xml.NewDecoder(bytes.NewReader(drawn)), map[string]int{}, map[string]float64{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", s.file, err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		seen[element.Name.Local]++
		attributes := map[string]string{}
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if attributes["textLength"] == "" {
			continue
		}
		x, length := number(t, attributes["x"]), number(t, attributes["textLength"])
		if x < ends[attributes["y"]]-0.11 || x+length > margin+screenColumns*advance+0.11 {
			t.Errorf("%s: the text at %g, %s overlaps or leaves the frame", s.file, x, attributes["y"])
		}
		ends[attributes["y"]] = x + length
	}
	if seen["title"] != 1 || seen["desc"] != 1 || seen["text"] < 20 {
		t.Errorf("%s: %v", s.file, seen)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestScreensAreShown in the README, with what they show in words.
func TestScreensAreShown(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range screens() {
		before, _, found := strings.Cut(string(readme), "](docs/screens/"+s.file+")")
		if !found || len(before)-strings.LastIndex(before, "![") < 40 {
			t.Errorf("%s is not in the README, or without words", s.file)
		}
	}
}

func TestReadLine(t *testing.T) {
	pieces, columns, err := readLine("\x1b[1mAB  C D\x1b[0m ← \x1b[1;31mE\x1b[0m·  F")
	want := []piece{
		{0, "AB", ink{bold: true}}, {4, "C D", ink{bold: true}}, {8, "←", ink{}}, {10, "E", ink{bold: true, colour: 31}}, {11, "·", ink{}}, {14, "F", ink{}},
	}
	if diff := cmp.Diff(want, pieces, cmp.AllowUnexported(piece{}, ink{})); diff != "" || columns != 15 || err != nil {
		t.Error(columns, err, diff)
	}
	for _, bad := range []string{"\x1b[99mx", "\x1b[1"} {
		if _, _, err := readLine(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	if _, err := (window{columns: 2, lines: []string{"abc"}}).svg(); err == nil {
		t.Error("a line wider than its window is drawn")
	}
}
