package source

import (
	"errors"
	"io"
	"path"
)

// readRotated reads on in the first of the rotated logs.
func (t *tail) readRotated() {
	p := &t.parts[0]
	data := make([]byte, 256<<10)
	n, err := t.nextOf(p, data)
	if p.to > 0 && p.from+int64(n) >= p.to {
		n, err = int(max(0, p.to-p.from)), io.EOF
	}
	p.from += int64(n)
	t.take(data[:n])
	switch {
	case err == nil:
		return
	case isGone(err) && !p.zipped: // it was compressed meanwhile
		p.zipped = true
	default:
		if !errors.Is(err, io.EOF) {
			t.fail(err)
			t.unended = true
		}
		t.parts = t.parts[1:]
	}
	_ = t.Close() // never fails
}

// nextOf reads of a rotated log, which it opens first.
func (t *tail) nextOf(p *rotatedLog, data []byte) (int, error) {
	if t.stream == nil {
		name := path.Join(path.Dir(t.log), p.name)
		parts := &parts{tail: t, name: name, offset: p.from}
		if p.zipped {
			parts.name, parts.offset = name+".gz", 0
		}
		stream, err := File{Name: parts.name, open: func() (io.ReadCloser, error) { return parts, nil }}.Open()
		if err != nil {
			return 0, err
		}
		t.stream = stream
		if p.zipped {
			if _, err := io.CopyN(io.Discard, stream, p.from); err != nil {
				return 0, err
			}
		}
	}
	return t.stream.Read(data)
}

// parts reads a file that does not change.
type parts struct {
	tail   *tail
	name   string
	offset int64
	data   []byte
	ended  bool
}

func (r *parts) Read(p []byte) (int, error) {
	for len(r.data) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		data, _, err := r.tail.kubelet.part(r.tail.ctx, r.tail.node, r.name, r.offset, r.offset+chunk)
		if err != nil {
			return 0, err
		}
		r.data, r.ended = data, len(data) < chunk
		r.offset += int64(len(data))
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

func (r *parts) Close() error { return nil }
