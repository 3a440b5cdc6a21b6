package flow

import (
	"bytes"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// format is one that flows come in.
type format struct {
	// name is for people.
	name string
	// is tells whether a record is of the format, without a doubt; no two know the same one.
	// It may be cut at its end.
	is func(record []byte) bool
	// delimiter ends a record.
	delimiter string
	// ordered is set where the meaning of a record depends on others before it.
	ordered bool
	// tellsLost is set where the source says what it lost.
	tellsLost bool
	// decoder makes a decoder, for a source where ordered is set, else for any blocks.
	decoder func(*Options) decoder
}

// decoder reads records.
type decoder interface {
	// record adds what one record shows, and returns why it cannot, or "". A record may have
	// its delimiter at its end; one that is cut may lack more than that.
	record(out *batch, record []byte, cut bool) (fault string)
	// end adds what was waiting for the end of the source.
	end(out *batch)
}

// formats are all that can be read.
func formats() []format {
	return []format{hubbleFormat(), procFormat(), conntrackFormat(), ssFormat(), conntrackXMLFormat(), traceFormat(), awsFormat(), netobservFormat(), envoyFormat(), whiskerFormat(), neighborhoodFormat()}
}

// detect finds the format by the first line of the beginning of a file that any of them knows.
func detect(head []byte) (format, bool) {
	all := formats()
	for line := range bytes.Lines(bytes.TrimPrefix(head, []byte(source.ByteOrderMark))) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		for _, f := range all {
			if f.is(line) {
				return f, true
			}
		}
	}
	return format{}, false
}

// Format is the name of the format of a file that begins with head, as far as it can be read.
func Format(head []byte) (name string, ok bool) {
	f, ok := detect(head)
	return f.name, ok
}
