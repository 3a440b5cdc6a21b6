package source

import (
	"bytes"
	"context"
	"io"
	"path"
	"sync/atomic"
)

// tail reads the audit log of one API server as a whole: what was rotated and is not known,
// then the current log until where it ends when the window does. While the window is open it
// waits for more. What was read counts only when the folder shows that the log was not rotated
// meanwhile; if it was, the rest is in the rotated one.
type tail struct {
	ctx     context.Context
	window  context.Context
	kubelet *kubelet
	node    string
	// log is the current one, below /var/log.
	log string
	// known is what is rotated and read, or left out.
	known rotated
	// offset is where in the current log to go on.
	offset int64
	events *atomic.Int64
	broken *atomic.Pointer[string]

	// end is where the current log ends, -1 as long as that is open.
	end int64
	// parts are the rotated logs to be read before the current one.
	parts []rotatedLog
	// stream is the first of them.
	stream *Stream
	ready  []byte
	// inLine is set in a line that began before the tail, lastLine in the one that ends it.
	inLine, lastLine bool
	// unended is set behind a line without its end, rest where there may be no more yet.
	unended, rest, done bool
	damage              *DamagedError
}

// start makes the reader: from is where to begin, in the middle of a line perhaps.
func (t *tail) start() *tail {
	t.end = -1
	if t.offset > 0 {
		t.offset--
		t.inLine = true
	}
	return t
}

// Close ends what is open.
func (t *tail) Close() error {
	if t.stream != nil {
		t.stream.Close()
		t.stream = nil
	}
	return nil
}

// Read reads the next events. What could not be read is told at the end, by a DamagedError.
func (t *tail) Read(p []byte) (int, error) {
	for len(t.ready) == 0 {
		switch {
		case t.ctx.Err() != nil:
			return 0, t.ctx.Err()
		case len(t.parts) > 0:
			t.readRotated()
		case t.done && t.damage != nil:
			return 0, t.damage
		case t.done:
			return 0, io.EOF
		case t.end < 0 && t.window.Err() != nil:
			t.stop()
		default:
			t.readCurrent()
		}
	}
	n := copy(p, t.ready)
	t.ready = t.ready[n:]
	return n, nil
}

// stop finds where the log ends now.
func (t *tail) stop() {
	all, size, err := t.kubelet.position(t.ctx, t.node, t.log)
	if err != nil {
		t.fail(err)
		t.done = true
		return
	}
	t.end = size
	if fresh := all.without(t.known); len(fresh) > 0 {
		t.rotate(all, fresh)
	} else if size < t.offset {
		t.truncated()
	}
	t.done = t.offset >= t.end
}

// truncated begins anew in a log that became shorter and was not rotated.
func (t *tail) truncated() {
	t.fail(&unreadError{reason: "the log was truncated while it was read"})
	t.offset, t.inLine = 0, false
}

// rotate goes on in the logs that were rotated.
func (t *tail) rotate(all rotated, fresh []rotatedLog) {
	fresh[0].from = t.offset
	t.parts, t.known, t.offset, t.rest = fresh, all, 0, false
}

// readCurrent reads a part of the current log, or waits for it to grow.
func (t *tail) readCurrent() {
	if t.rest && t.end < 0 {
		t.rest = false
		pause(t.kubelet.poll, t.ctx.Done(), t.window.Done())
		return
	}
	to := t.offset + chunk
	if t.end >= 0 && !t.lastLine {
		to = min(to, t.end)
	}
	data, size, err := t.kubelet.part(t.ctx, t.node, t.log, t.offset, to)
	var all rotated
	if err == nil {
		var names []string
		names, err = t.kubelet.list(t.ctx, t.node, path.Dir(t.log))
		all = rotatedIn(names, t.log)
	}
	fresh := all.without(t.known)
	switch {
	case err != nil && t.end < 0: // as long as the window is open, it may come back
		t.rest = true
	case err != nil:
		t.fail(err)
		t.done = true
	case len(fresh) > 0 && t.end >= 0: // after the window
		fresh[0].from, fresh[0].to = t.offset, t.end
		t.parts, t.known, t.done = fresh[:1], all, true
	case len(fresh) > 0:
		t.rotate(all, fresh)
	case size < t.offset:
		t.truncated()
	default:
		t.advance(data)
	}
}

// advance takes what was read of the current log.
func (t *tail) advance(data []byte) {
	t.offset += int64(len(data))
	t.rest = len(data) < chunk
	if t.lastLine {
		end := bytes.IndexByte(data, '\n') + 1
		t.done = end > 0 || len(data) < chunk
		if end > 0 {
			data = data[:end]
		}
	} else if t.end >= 0 {
		t.lastLine = t.offset >= t.end && !bytes.HasSuffix(data, []byte("\n"))
		t.done = len(data) == 0 || t.offset >= t.end && !t.lastLine
	}
	t.take(data)
}

// take hands on what was read, from the first whole line on.
func (t *tail) take(data []byte) {
	if t.inLine {
		end := bytes.IndexByte(data, '\n') + 1
		t.inLine = end == 0
		if data = data[end:]; t.inLine {
			data = nil
		}
	}
	if len(data) == 0 {
		return
	}
	t.events.Add(int64(bytes.Count(data, []byte("\n"))))
	if t.unended {
		data = append([]byte("\n"), data...)
	}
	t.unended = false
	t.ready = data
}

// fail notes the first reason why something is missing.
func (t *tail) fail(err error) {
	if t.damage == nil && t.ctx.Err() == nil {
		t.damage = &DamagedError{Reason: reasonOf(err), err: err}
		t.broken.Store(&t.damage.Reason)
	}
}
