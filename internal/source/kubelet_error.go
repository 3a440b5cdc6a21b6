package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// unreadError is an answer that cannot be used, or none.
type unreadError struct {
	// reason is a few words that hold nothing of the answer but its code.
	reason string
	// code is that of HTTP, 0 for none.
	code int
	// again is set where the same request may succeed later, after so long.
	again bool
	after time.Duration
	err   error
}

func (e *unreadError) Error() string { return e.reason }

// Unwrap is the error of the connection.
func (e *unreadError) Unwrap() error { return e.err }

// refusal says what an answer with an error means here.
func refusal(response *http.Response) error {
	code := response.StatusCode
	e := &unreadError{code: code, reason: fmt.Sprintf("HTTP %d %s", code, http.StatusText(code))}
	if seconds, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 16); err == nil {
		e.after = time.Duration(seconds) * time.Second
	}
	switch {
	case code == http.StatusForbidden:
		e.reason += ": get nodes/proxy is missing"
	case code == http.StatusNotFound:
		e.reason += ": no such log, or the kubelet serves none (enableSystemLogHandler)"
	case code == http.StatusMethodNotAllowed:
		e.reason += ": the kubelet serves no logs (enableSystemLogHandler, enableDebuggingHandlers)"
	case code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		e.reason += ": the API server does not reach the kubelet"
		e.again = true
	case code == http.StatusTooManyRequests, code >= http.StatusInternalServerError:
		e.again = true
	}
	return e
}

// unreachable is the error of a request without an answer.
func unreachable(err error) error {
	if isTimeout(err) {
		return &unreadError{reason: "no answer in time", err: err}
	}
	return &unreadError{reason: "no connection", again: true, err: err}
}

// cutShort is the error of an answer without its end.
func cutShort(err error) error {
	if isTimeout(err) {
		return &unreadError{reason: "the answer stalls", err: err}
	}
	return &unreadError{reason: "the answer ends early", again: true, err: err}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// isGone tells that a file is not there.
func isGone(err error) bool {
	var unread *unreadError
	return errors.As(err, &unread) && unread.code == http.StatusNotFound
}

// reasonOf is why something is not read, in a few words.
func reasonOf(err error) string {
	var unread *unreadError
	var damage *DamagedError
	switch {
	case errors.As(err, &unread):
		return unread.reason
	case errors.As(err, &damage):
		return damage.Reason
	}
	return err.Error()
}
