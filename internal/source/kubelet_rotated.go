package source

import (
	"context"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// rotated are the logs beside the current one that were that before, by their names without
// .gz; the value is set where there is a compressed one alone. While it is compressed, there
// are both, and the other is whole.
type rotated map[string]bool

// rotatedAt is how kube-apiserver names a log when it begins a new one, in UTC.
const rotatedAt = "2006-01-02T15-04-05.000"

// rotatedIn are the rotated logs of a log among the names in its folder.
func rotatedIn(names []string, log string) rotated {
	log = path.Base(log)
	ending := path.Ext(log)
	pattern := regexp.MustCompile(`^` + regexp.QuoteMeta(strings.TrimSuffix(log, ending)+"-") +
		`\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}` + regexp.QuoteMeta(ending) + `(\.gz)?$`)
	found := rotated{}
	for _, name := range names {
		if !pattern.MatchString(name) {
			continue
		}
		plain, zipped := strings.CutSuffix(name, ".gz")
		alone, known := found[plain]
		found[plain] = zipped && (alone || !known)
	}
	return found
}

// before are those that ended before a time, with a day for clocks that differ.
func (r rotated) before(log string, since time.Time) rotated {
	out := rotated{}
	ending := path.Ext(log)
	for name := range r {
		text := strings.TrimSuffix(name, ending)
		at, err := time.Parse(rotatedAt, text[max(0, len(text)-len(rotatedAt)):])
		if err == nil && at.Add(24*time.Hour).Before(since) {
			out[name] = r[name]
		}
	}
	return out
}

// without are those that are not among others, the oldest first.
func (r rotated) without(known rotated) []rotatedLog {
	var out []rotatedLog
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if _, old := known[name]; !old {
			out = append(out, rotatedLog{name: name, zipped: r[name]})
		}
	}
	return out
}

// rotatedLog is one to be read, from an offset in what it holds when decompressed, until
// another; 0 for its end.
type rotatedLog struct {
	name     string
	zipped   bool
	from, to int64
}

// position is what is rotated and how long the current log is, at one time.
func (k *kubelet) position(ctx context.Context, node, log string) (rotated, int64, error) {
	names, err := k.list(ctx, node, path.Dir(log))
	for range tries {
		if err != nil {
			return nil, 0, err
		}
		before := rotatedIn(names, log)
		var size int64
		if size, err = k.size(ctx, node, log); err != nil {
			return nil, 0, err
		}
		names, err = k.list(ctx, node, path.Dir(log))
		if after := rotatedIn(names, log); err == nil && len(after.without(before)) == 0 {
			return after, size, nil
		}
	}
	if err == nil {
		err = &unreadError{reason: "the log rotates faster than it can be read"}
	}
	return nil, 0, err
}
