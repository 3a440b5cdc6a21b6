package audit

import (
	"errors"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// documents cuts what has documents over lines, or in lists.
func (c *cutter) documents() error {
	d := documentCutter{cutter: c, buf: c.pool.take(0), begin: -1}
	for {
		m, err := c.fill(d.buf[d.n:])
		d.n += m
		d.walk()
		if err != nil {
			if d.state.depth > 0 {
				c.source.fault(faultCut, c.base+int64(d.from()))
			}
			defer func() { c.pool.give(d.buf) }()
			return errors.Join(ended(err), d.emit(d.n))
		}
		if err := d.next(); err != nil {
			return err
		}
	}
}

// documentCutter is how far a cut got: walked over are the first at bytes of the n in buf.
type documentCutter struct {
	*cutter
	state walk
	buf   []byte
	n, at int
	// begin is where the document at hand begins, -1 for none.
	begin int
	docs  []span
}

// walk goes over what is new in the buffer.
func (d *documentCutter) walk() {
	for d.at < d.n {
		var m mark
		switch d.at, m = d.state.next(d.buf[:d.n], d.at); m {
		case markBegin:
			d.begin = d.at - 1
		case markEnd:
			d.docs = append(d.docs, span{int32(d.begin), int32(d.at)})
			d.begin = -1
		case markList:
			d.begin = -1
		case markBroken:
			d.source.fault(faultNotJSON, d.base+int64(d.from()))
			d.begin = -1
		}
	}
}

// from is where the document at hand begins, or where the walk is.
func (d *documentCutter) from() int {
	if d.begin >= 0 {
		return d.begin
	}
	return d.at
}

// next makes room for more.
func (d *documentCutter) next() error {
	switch {
	case d.begin != 0:
		return d.emit(d.from())
	case d.n < maxLine:
		d.buf = source.Grown(d.buf, maxLine)
		return nil
	}
	return d.long()
}

// emit hands on the documents that are whole, and keeps what begins at from.
func (d *documentCutter) emit(from int) error {
	buf := d.buf
	if len(d.docs) > 0 {
		buf = d.pool.take(d.n - from + 1)
	}
	left := copy(buf, d.buf[from:d.n])
	if len(d.docs) > 0 {
		if err := d.cutter.emit(&block{data: d.buf, base: d.base, docs: d.docs}); err != nil {
			return err
		}
	}
	d.base += int64(from)
	d.buf, d.docs = buf, nil
	d.n, d.at = left, left
	if d.begin >= 0 {
		d.begin = 0
	}
	return nil
}

// long reads on in a document that fills the buffer, and leaves in there what follows it.
func (d *documentCutter) long() error {
	var e elider
	e.write(d.buf[:d.n])
	begin := d.base
	d.base += int64(d.n)
	for {
		n, err := d.fill(d.buf[:d.pool.size])
		for at := 0; at < n; {
			var m mark
			at, m = d.state.next(d.buf[:n], at)
			if m == markNone {
				continue
			}
			e.write(d.buf[:at])
			d.base += int64(at)
			d.n, d.at, d.begin = copy(d.buf, d.buf[at:n]), 0, -1
			d.walk()
			switch m {
			case markBroken:
				d.source.fault(faultNotJSON, begin)
			case markEnd:
				return d.cutter.long(&e, begin, false)
			}
			return nil // a read that failed will fail again
		}
		e.write(d.buf[:n])
		d.base += int64(n)
		if err != nil {
			d.n, d.at = 0, 0
			return nil
		}
	}
}
