package plugin

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/util/term"

	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// renderOptions are the facts about stdout.
func (g *globals) renderOptions(format string) (render.Options, error) {
	return g.optionsFor(g.process.Streams.Out, format)
}

// errOptions are the facts about stderr, for text.
func (g *globals) errOptions() (render.Options, error) {
	return g.optionsFor(g.process.Streams.ErrOut, "text")
}

func (g *globals) optionsFor(out io.Writer, format string) (render.Options, error) {
	terminal := g.process.Columns > 0 || printers.IsTerminal(out)
	opts := render.Options{Format: format, ASCII: g.ascii()}
	if terminal {
		opts.Width = g.width(out)
	}
	switch g.color {
	case "always":
		opts.Color = true
	case "never":
	case "auto":
		_, noColor := g.process.LookupEnv("NO_COLOR")
		opts.Color = terminal && !noColor && g.process.env("TERM") != "dumb" && !g.oldConsole()
	default:
		return opts, fmt.Errorf("--color %q is none of auto, always, never", g.color)
	}
	return opts, nil
}

// defaultWidth is for a terminal that does not tell its size.
const defaultWidth = 80

func (g *globals) width(out io.Writer) int {
	if g.process.Columns > 0 {
		return g.process.Columns
	}
	if n, err := strconv.Atoi(g.process.env("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if file, ok := out.(*os.File); ok {
		if size := term.GetSize(file.Fd()); size != nil && size.Width > 0 {
			return int(size.Width)
		}
	}
	return defaultWidth
}

// oldConsole tells a Windows console that knows neither colours nor UTF-8 well.
func (g *globals) oldConsole() bool {
	return runtime.GOOS == "windows" && g.process.env("WT_SESSION") == ""
}

// ascii tells whether the locale has no UTF-8, as setlocale(3) reads the environment.
func (g *globals) ascii() bool {
	if runtime.GOOS == "windows" {
		return g.oldConsole()
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := g.process.env(name); value != "" {
			upper := strings.ToUpper(value)
			return !strings.Contains(upper, "UTF-8") && !strings.Contains(upper, "UTF8")
		}
	}
	return true
}
