package audit

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// getPod is a get of a pod by a user, with more members.
func getPod(name, members string) string {
	return fmt.Sprintf(`{"kind":"Event","level":"Metadata","auditID":"i","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/n/pods/%[1]s","verb":"get",`+
		`"user":{"username":"u"},"objectRef":{"resource":"pods","namespace":"n","name":"%[1]s"},"responseStatus":{"code":200},`+
		`"annotations":{"authorization.k8s.io/decision":"allow"}%[2]s}`, name, members)
}

const someTime = `,"requestReceivedTimestamp":"2026-11-20T12:00:00.5Z"`

func TestReadBadInput(t *testing.T) {
	good := getPod("a", someTime)
	other := getPod("b", someTime)
	size := int64(len(good)) + 1
	list := `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[` + good + `,` + other + `]}`
	for name, test := range map[string]struct {
		text string
		// names are of the pods that were read.
		names  string
		parsed int64
		faults []api.Fault
		// undated are events without a time that is believed.
		undated int64
	}{
		"good":                    {text: good + "\n" + other + "\n", names: "a b", parsed: 2},
		"no last line feed":       {text: good + "\n" + other, names: "a b", parsed: 2},
		"blank lines":             {text: good + "\n\n \r\n" + other + "\n\n", names: "a b", parsed: 2},
		"cut":                     {text: good + "\n" + other[:50], names: "a", parsed: 1, faults: []api.Fault{{Reason: faultCut, Count: 1, Offset: size}}},
		"cut in the middle":       {text: good + "\n" + good[:50] + "\n" + other + "\n" + good[:9] + "\n", names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultNotJSON, Count: 2, Offset: size}}},
		"cut, and another behind": {text: good + "\n" + good[:50] + other + "\n", names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultNotJSON, Count: 1, Offset: size}}},
		"two on a line":           {text: good + "\n" + good + other + "\n", names: "a b", parsed: 3},
		"garbage":                 {text: good + "\nI1120 log {line}\n\x00\x00\x00\n" + other + "\n", names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultNotJSON, Count: 2, Offset: size}}},
		"other JSON":              {text: good + "\n{}\n[1]\nnull\n\"a\"\n" + other + "\n", names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultNotEvent, Count: 4, Offset: size}}},
		"NUL in a string":         {text: good + "\n" + strings.Replace(good, "pods/a", "pods/\x00", 1) + "\n" + other, names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultNotJSON, Count: 1, Offset: size}}},
		"escaped NUL":             {text: getPod(`a\u0000`, someTime), names: "a\x00", parsed: 1},
		"invalid UTF-8":           {text: getPod("a\xff", someTime), names: "a\ufffd", parsed: 1},
		"a name with YAML":        {text: getPod(`a\n- {b: &c}`, someTime), names: "a\n- {b: &c}", parsed: 1},
		"year 0":                  {text: getPod("a", `,"requestReceivedTimestamp":"0000-01-01T00:00:00Z"`), names: "a", parsed: 1, undated: 1},
		"before Kubernetes":       {text: getPod("a", `,"requestReceivedTimestamp":"2014-12-31T23:59:59.9Z"`), names: "a", parsed: 1, undated: 1},
		"the future":              {text: getPod("a", `,"requestReceivedTimestamp":"2026-12-02T00:00:01Z"`), names: "a", parsed: 1, undated: 1},
		"no time":                 {text: getPod("a", ``), names: "a", parsed: 1, undated: 1},
		"a little ahead":          {text: getPod("a", `,"requestReceivedTimestamp":"2026-12-02T00:00:00Z"`), names: "a", parsed: 1},
		"list cut":                {text: list[:len(list)-1], names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultCut, Count: 1, Offset: int64(len(list)) - 1}}},
		"list cut in an event":    {text: list[:len(list)-20], names: "a", parsed: 1, faults: []api.Fault{{Reason: faultCut, Count: 1, Offset: int64(len(list)) - 2 - int64(len(other))}}},
		"list cut, list behind":   {text: list[:len(list)-20] + "\n" + list, names: "a b", parsed: 3, faults: []api.Fault{{Reason: faultNotJSON, Count: 1, Offset: int64(len(list)) - 2 - int64(len(other))}}},
		"list with garbage":       {text: strings.Replace(list, ","+other, `,5,{"a":1},[],`+other, 1), names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultNotEvent, Count: 1, Offset: int64(len(list)) - 2 - int64(len(other)) + 2}}},
		"pretty, cut in a string": {text: strings.ReplaceAll(good, ",\"", ",\n \"") + "\n{\n \"kind\": \"Ev\n" + strings.ReplaceAll(other, ",\"", ",\n \""), names: "a b", parsed: 2, faults: []api.Fault{{Reason: faultNotJSON, Count: 1, Offset: size + int64(2*strings.Count(good, ",\""))}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{blockSize, 64} {
				doc := readText(t, test.text, Options{blockSize: size, workers: 2})
				s := doc.Sources[0]
				var skipped int64
				for _, f := range test.faults {
					skipped += f.Count
				}
				if diff := cmp.Diff(test.faults, s.Faults); diff != "" {
					t.Errorf("faults (-want +got):\n%s", diff)
				}
				if dated := test.parsed - test.undated; dated > 0 && (len(s.Days) != 1 || s.Days["2026-11-20"]+s.Days["2026-12-02"] != dated) || dated == 0 && s.Days != nil {
					t.Errorf("days %v", s.Days)
				}
				if s.Parsed != test.parsed || s.Undated != test.undated || s.Skipped != skipped {
					t.Errorf("source %+v", s)
				}
				if got := strings.Join(podNames(doc), " "); got != test.names {
					t.Errorf("pods %q, want %q", got, test.names)
				}
			}
		})
	}
}

// podNames are those of the uses of the one user.
func podNames(doc *api.Observations) []string {
	var names []string
	for _, a := range doc.Access {
		for _, u := range a.Uses {
			names = append(names, u.Name)
		}
	}
	slices.Sort(names)
	return names
}

func TestReadWindow(t *testing.T) {
	at := func(text string) string { return getPod("p"+text[8:10], `,"requestReceivedTimestamp":"`+text+`"`) }
	text := at("2026-11-19T23:59:59.9Z") + "\n" + at("2026-11-20T00:00:00Z") + "\n" + at("2026-11-21T23:59:59.9Z") + "\n" + at("2026-11-22T00:00:00Z") + "\n" + getPod("x", "") + "\n"
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	for name, test := range map[string]struct {
		since, until time.Time
		want         string
		filtered     int64
	}{
		"all":   {want: "p19 p20 p21 p22 x"},
		"since": {since: day(20), want: "p20 p21 p22", filtered: 2},
		"until": {until: day(22), want: "p19 p20 p21", filtered: 2},
		"both":  {since: day(20), until: day(22), want: "p20 p21", filtered: 3},
	} {
		t.Run(name, func(t *testing.T) {
			doc := readText(t, text, Options{Since: test.since, Until: test.until})
			if got := strings.Join(podNames(doc), " "); got != test.want || doc.Sources[0].Filtered != test.filtered || doc.Sources[0].Parsed != 5 {
				t.Errorf("pods %s, source %+v", got, doc.Sources[0])
			}
		})
	}
}

// TestReadLongLines reads lines of a hundred megabytes from a stream, without their bodies and
// without keeping them.
func TestReadLongLines(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 500 MB")
	}
	const long = 100 << 20
	first, last := getPod("a", someTime), getPod("c", someTime)
	body := `{"items":[{"a":"\"}],"},1,`
	begin := strings.TrimSuffix(getPod("b", someTime), "}")
	for name, test := range map[string]struct {
		open, fill, end string
		lists           bool
		want            string
		fault           api.Fault
	}{
		"a body":         {open: begin + `,"responseObject":` + body, fill: "1,", end: `2]},"x":1}`, want: "a b c", fault: api.Fault{Reason: faultBodies, Count: 1}},
		"a text":         {open: begin + `,"responseObject":"`, fill: "x", end: `","x":1}`, want: "a b c", fault: api.Fault{Reason: faultBodies, Count: 1}},
		"another member": {open: begin + `,"x":"`, fill: "x", end: `"}`, want: "a c", fault: api.Fault{Reason: faultTooLong, Count: 1}},
		"in a list":      {open: begin + `,"responseObject":` + body, fill: "1,", end: `2]},"x":1}`, lists: true, want: "a b c", fault: api.Fault{Reason: faultBodies, Count: 1}},
		"no line feed":   {open: "x", fill: "x", want: "a c", fault: api.Fault{Reason: faultTooLong, Count: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			before, between, after := "", "\n", ""
			if test.lists {
				before, between, after = `{"items":[`, ",", `]}`
			}
			test.fault.Offset = int64(len(before + first + between))
			text := io.MultiReader(
				strings.NewReader(before+first+between+test.open), &repeater{text: test.fill, left: long / len(test.fill)},
				strings.NewReader(test.end+between+last+after))
			files, err := source.Find(text, source.Stdin)
			if err != nil {
				t.Fatal(err)
			}
			var was, is runtime.MemStats
			runtime.ReadMemStats(&was)
			doc := readFiles(t, files, Options{workers: 2})
			runtime.ReadMemStats(&is)
			if got := strings.Join(podNames(doc), " "); got != test.want {
				t.Errorf("pods %s, want %s", got, test.want)
			}
			if diff := cmp.Diff([]api.Fault{test.fault}, doc.Sources[0].Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if made := is.TotalAlloc - was.TotalAlloc; made > 100<<20 {
				t.Errorf("%d MB allocated", made>>20)
			}
		})
	}
}

// repeater reads the same text again and again.
type repeater struct {
	text string
	at   int
	left int
}

func (r *repeater) Read(p []byte) (n int, err error) {
	for n < len(p) && r.left > 0 {
		m := copy(p[n:], r.text[r.at:])
		n += m
		if r.at += m; r.at == len(r.text) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestReadManyNames keeps no more than distinct things, and of names no more than are told.
func TestReadManyNames(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a million events")
	}
	const names = 1_000_000
	i := 0
	text := generated(func() string {
		if i++; i > names {
			return ""
		}
		return getPod(fmt.Sprintf("pod-%d", i), someTime) + "\n"
	})
	files, err := source.Find(text, source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	set := observation.NewSet()
	if err := Read(t.Context(), files, Options{Now: now}, set); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 50<<20 {
		t.Errorf("%d MB kept", m.HeapAlloc>>20)
	}
	uses := set.Document().Access[0].Uses
	if len(uses) != 1 || !uses[0].AnyName || uses[0].Count != names {
		t.Errorf("%d uses, the first %+v", len(uses), uses[0])
	}
}

type generated func() string

func (g generated) Read(p []byte) (n int, err error) {
	for len(p)-n > 1000 {
		text := g()
		if text == "" {
			break
		}
		n += copy(p[n:], text)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
