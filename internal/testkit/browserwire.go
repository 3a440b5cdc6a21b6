package testkit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// browserWire carries messages of the DevTools protocol: JSON, each with a NUL
// behind it.
type browserWire struct {
	out  io.WriteCloser
	in   io.ReadCloser
	kill func()

	mu      sync.Mutex
	last    int
	waiting map[int]chan browserMessage
	events  map[string][]browserMessage // of each session, in their order
	arrived *sync.Cond
	broken  error
}

// browserMessage is an answer, with an ID, or an event.
type browserMessage struct {
	ID      int             `json:"id"`
	Method  string          `json:"method"`
	Session string          `json:"sessionId"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error"`
}

func newBrowserWire(in io.ReadCloser, out io.WriteCloser, kill func()) *browserWire {
	w := &browserWire{in: in, out: out, kill: kill, waiting: map[int]chan browserMessage{}, events: map[string][]browserMessage{}}
	w.arrived = sync.NewCond(&w.mu)
	go w.read()
	return w
}

func (w *browserWire) close() { _, _ = w.in.Close(), w.out.Close() }

func (w *browserWire) read() {
	reader := bufio.NewReader(w.in)
	for {
		line, err := reader.ReadBytes(0)
		var m browserMessage
		if err == nil {
			err = json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &m)
		}
		w.mu.Lock()
		if err != nil {
			w.broken = fmt.Errorf("read from Chromium: %w", err)
			for _, answer := range w.waiting {
				close(answer)
			}
			w.waiting = nil
			w.arrived.Broadcast()
			w.mu.Unlock()
			return
		}
		if answer := w.waiting[m.ID]; m.ID != 0 && answer != nil {
			delete(w.waiting, m.ID)
			answer <- m
		} else if m.ID == 0 {
			w.events[m.Session] = append(w.events[m.Session], m)
			w.arrived.Broadcast()
		}
		w.mu.Unlock()
	}
}

// call asks and waits for the answer, which it decodes into result, if that is
// not nil.
func (w *browserWire) call(session, method string, params, result any) error {
	answer, err := w.send(session, method, params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: %w", method, w.broken)
		case m.Error != nil:
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		case result == nil:
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-time.After(browserTimeout):
		return fmt.Errorf("%s: no answer of Chromium within %s", method, browserTimeout)
	}
}

func (w *browserWire) send(session, method string, params any) (chan browserMessage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == nil {
		return nil, w.broken
	}
	w.last++
	request := map[string]any{"id": w.last, "method": method}
	if params != nil {
		request["params"] = params
	}
	if session != "" {
		request["sessionId"] = session
	}
	data, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	answer := make(chan browserMessage, 1)
	w.waiting[w.last] = answer
	_, err = w.out.Write(append(data, 0))
	return answer, err
}

// errNoEvent ends a wait.
var errNoEvent = errors.New("no such event of Chromium in time")

// await waits for an event of a session that is wanted, and was or will be
// received.
func (w *browserWire) await(session string, wanted func(*browserMessage) bool) error {
	late := false
	timer := time.AfterFunc(browserTimeout, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		late = true
		w.arrived.Broadcast()
	})
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for i := range w.events[session] {
			if wanted(&w.events[session][i]) {
				return nil
			}
		}
		switch {
		case w.broken != nil:
			return w.broken
		case late:
			return errNoEvent
		}
		w.arrived.Wait()
	}
}

// seen are the events of a session until now.
func (w *browserWire) seen(session string) []browserMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]browserMessage(nil), w.events[session]...)
}
