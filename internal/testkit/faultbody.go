package testkit

import (
	"errors"
	"net/http"
)

var errCut = errors.New("body cut by the fault proxy")

// servePart passes on at most n bytes of the body of the upstream's answer. The
// client has them when it returns.
func servePart(next http.Handler, w http.ResponseWriter, r *http.Request, n int) {
	part := &partWriter{ResponseWriter: w, left: n}
	defer func() {
		// A reverse proxy aborts by itself when it cannot write.
		problem := recover()
		if err, ok := problem.(error); problem != nil && (!ok || !errors.Is(err, http.ErrAbortHandler)) {
			panic(problem)
		}
		part.Flush()
	}()
	next.ServeHTTP(part, r)
}

// partWriter writes the first bytes of a body, and fails as soon as these are
// complete.
type partWriter struct {
	http.ResponseWriter

	left int
}

// WriteHeader leaves the length out: it would tell how much is missing.
func (w *partWriter) WriteHeader(code int) {
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(code)
}

func (w *partWriter) Write(data []byte) (int, error) {
	w.Header().Del("Content-Length")
	n, err := w.ResponseWriter.Write(data[:min(len(data), w.left)])
	w.left -= n
	if err == nil && w.left == 0 {
		err = errCut
	}
	return n, err
}

// Flush sends what was written so far.
func (w *partWriter) Flush() {
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}
