package audit

import (
	"bytes"
	"errors"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// worker turns blocks into evidence. What it remembers of events of the same key is its own, so
// that workers meet only where they add to the Set.
type worker struct {
	opts  Options
	clock source.Clock
	set   *observation.Set

	memory *memory
	// fields and event are of the line at hand.
	fields scanned
	event  Event
	minute lastMinute

	// What the block at hand adds.
	tally   tally
	pending []sighting
	touched []*known
}

// sighting is one event of what is known; at is 0 for none that is credible.
type sighting struct {
	of *known
	at int64
}

func newWorker(opts Options, set *observation.Set, workers int) *worker {
	return &worker{opts: opts, clock: source.NewClock(opts.Now), set: set, memory: newMemory(workers), fields: scanned{repeats: newRepeats()}}
}

// block reads all of a block and adds it up.
func (w *worker) block(b *block) {
	if b.docs != nil {
		for _, s := range b.docs {
			w.document(s.of(b.data), b.base+int64(s.from), b.unended)
		}
	} else {
		w.lines(b)
	}
	if b.elided {
		w.tally.fault(faultBodies, b.base)
	}
	w.flush(b.source)
}

func (w *worker) lines(b *block) {
	for from := 0; from < len(b.data); {
		to := len(b.data)
		unended := true
		if n := bytes.IndexByte(b.data[from:], '\n'); n >= 0 {
			to, unended = from+n, false
		}
		w.document(b.data[from:to], b.base+int64(from), unended)
		from = to + 1
	}
}

// document reads one event. Where a line holds several documents, or what is left of
// one before another, those that are events count.
func (w *worker) document(line []byte, offset int64, unended bool) {
	if w.fields.scan(line) {
		w.scanned(line)
		return
	}
	if skipSpace(line, 0) == len(line) {
		return
	}
	e, err := decode(line)
	switch {
	case err == nil:
		w.decoded(&e)
	case errors.Is(err, errNotJSON) && unended:
		w.joined(line, faultCut, offset)
	case errors.Is(err, errNotJSON):
		w.joined(line, faultNotJSON, offset)
	default:
		w.tally.fault(faultNotEvent, offset)
	}
}

// joined uses the events of a line that is no JSON as a whole: one behind the other, or behind
// what is left of one. What API servers write begins with the kind.
func (w *worker) joined(line []byte, reason string, offset int64) {
	const tries = 64 // a line with more is not worth it
	whole := true
	at := skipSpace(line, 0)
	for range tries {
		if end := skipValue(line, at); end != bad {
			e, err := decode(line[at:end])
			if whole = whole && err == nil; err == nil {
				w.decoded(&e)
			}
			if at = skipSpace(line, end); at == len(line) {
				break
			}
			continue
		}
		whole = false
		next := bytes.Index(line[min(at+1, len(line)):], []byte(`{"kind":"Event"`))
		if next < 0 {
			break
		}
		at += 1 + next
	}
	if !whole || at < len(line) {
		w.tally.fault(reason, offset)
	}
}

func (w *worker) decoded(e *Event) {
	at, ok := w.dated(e.Received)
	if !ok || e.Stage == stageReceived {
		return
	}
	w.sighted(learn(e, newUsers(0, e.User, e.Impersonated), w.opts.Wanted), at)
}

// scanned is for the event in fields what decoded is for others.
func (w *worker) scanned(line []byte) {
	f := &w.fields
	at, ok := w.dated(w.minute.instant(f.received.of(line)))
	if !ok || string(f.stage.of(line)) == stageReceived {
		return
	}
	m := w.memory
	if f.needsBodies(line) {
		w.event = f.event(line)
		w.sighted(learn(&w.event, m.usersOf(f, line), w.opts.Wanted), at)
		return
	}
	k, ok := m.find(f, line)
	if !ok {
		w.event = m.event(f, line)
		k = learn(&w.event, m.who, w.opts.Wanted)
		m.remember(k)
	}
	w.sighted(k, at)
}

// dated counts an event, and tells its time, and whether it is wanted by its time.
func (w *worker) dated(at time.Time) (sec int64, ok bool) {
	w.tally.Parsed++
	sec = w.clock.Credible(at)
	if !w.opts.within(at, sec != 0) {
		w.tally.filtered++
		return 0, false
	}
	return sec, true
}

// sighted notes an event.
func (w *worker) sighted(k *known, at int64) {
	t := &w.tally
	if at == 0 {
		t.Undated++
	} else {
		t.At(at)
	}
	t.levels[k.level]++
	t.reads = t.reads || k.reads
	t.eventObjects = t.eventObjects || k.eventObjects
	switch k.decision {
	case Undecided:
		t.undecided++
		return
	case Ignored:
		return
	}
	if k.unclear != "" {
		t.isUnclear(k.unclear, 1)
	}
	if k.count == 0 {
		w.touched = append(w.touched, k)
	}
	k.count++
	w.pending = append(w.pending, sighting{k, at})
}

// flush adds what the block holds to the Set, under one lock, and to the tally of its source.
func (w *worker) flush(s *openSource) {
	w.set.Do(func() {
		for _, k := range w.touched {
			k.enter(w.set)
			k.requests(w.set)
		}
		for _, p := range w.pending {
			p.of.add(w.set, p.at)
		}
	})
	clear(w.pending)
	clear(w.touched)
	w.pending, w.touched = w.pending[:0], w.touched[:0]
	s.add(&w.tally)
	w.tally = tally{}
}
