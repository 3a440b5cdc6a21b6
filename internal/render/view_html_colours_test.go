package render

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestFlowPageContrast: text and states stand out from what is behind them as WCAG 2.2 AA asks
// (https://www.w3.org/TR/WCAG22/#contrast-minimum), in each set of colours.
func TestFlowPageContrast(t *testing.T) {
	css, err := flowPageFiles.ReadFile("flowpage/page.css")
	if err != nil {
		t.Fatal(err)
	}
	sets := strings.Split(string(css), " color-scheme: ")[1:]
	if len(sets) != 4 {
		t.Fatalf("%d sets of colours", len(sets))
	}
	for _, set := range sets {
		colours := map[string]float64{}
		for _, found := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]+);`).FindAllStringSubmatch(set, -1) {
			colours[found[1]] = luminance(t, found[2])
		}
		for _, front := range []string{"text", "dim", "used", "blocked", "unused", "configured", "unknown", "refused"} {
			for _, back := range []string{"back", "pane"} {
				a, b := max(colours[front], colours[back])+0.05, min(colours[front], colours[back])+0.05
				if a/b < 4.5 {
					t.Errorf("%s on %s has a contrast of %.2f in color-scheme %.5s", front, back, a/b, set)
				}
			}
		}
	}
}

// luminance is that of WCAG of a colour such as "fff" or "1a7f37".
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	value, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(shift uint) float64 {
		c := float64(value>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}
