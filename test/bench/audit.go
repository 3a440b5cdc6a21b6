package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

const (
	// recording is an own log of an API server, about 4 MB.
	recording = "test/bench/testdata/kube-apiserver-1.36-metadata.log.gz"
	// auditSize is how large the log is that is made of it, unless AUDIT_SIZE has another
	// number of bytes.
	auditSize = 2 << 30
)

// auditLogs measures roles for every account from audit logs, plain and compressed. Yardsticks are decoding
// every event into a struct on all cores, and decompressing alone.
func auditLogs(plugin, dir string) error {
	size := int64(auditSize)
	if text := os.Getenv("AUDIT_SIZE"); text != "" {
		if _, err := fmt.Sscan(text, &size); err != nil {
			return fmt.Errorf("AUDIT_SIZE: %w", err)
		}
	}
	plain, zipped := filepath.Join(dir, "audit.log"), filepath.Join(dir, "audit.log.gz")
	size, err := generateAudit(plain, zipped, size)
	if err != nil {
		return err
	}
	for _, test := range []struct {
		name, file, yardstick string
		times                 int // of the yardstick
		goal                  string
	}{
		{"gen role -A, plain", plain, "audit-decode", 1, "1 GB/s, 100 MB; encoding/json on all cores"},
		{"gen role -A, gzip", zipped, "audit-gunzip", 3, "1.4 of the decoder alone, 100 MB"},
	} {
		measured, err := repeated(3, plugin, "gen", "role", "-A", "--local", "--from", test.file)
		if err != nil {
			return err
		}
		yardstick, err := repeated(test.times, os.Args[0], test.yardstick, test.file)
		if err != nil {
			return err
		}
		row(fmt.Sprintf("%s, %.1f GB", test.name, float64(size)/1e9), measured.wall, yardstick.wall, test.goal)
		fmt.Printf("%-44s %5.2f GB/s %5.2f GB/s %8s  peak %s, cpu %.1f s\n", "", rate(size, measured.wall), rate(size, yardstick.wall), "", measured.peak, measured.cpu.Seconds())
	}
	return nil
}

func rate(size int64, took time.Duration) float64 { return float64(size) / 1e9 / took.Seconds() }

// usage is what a process took.
type usage struct {
	wall, cpu time.Duration
	// peak is the largest resident memory, as the kernel says it.
	peak string
}

// repeated is the process of the median wall time.
func repeated(times int, name string, args ...string) (usage, error) {
	var all []usage
	for range times {
		cmd := exec.Command(name, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		begin := time.Now()
		if err := cmd.Run(); err != nil {
			return usage{}, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
		}
		state := cmd.ProcessState
		all = append(all, usage{time.Since(begin), state.UserTime() + state.SystemTime(), peak(state)})
	}
	slices.SortFunc(all, func(a, b usage) int { return cmp.Compare(a.wall, b.wall) })
	return all[times/2], nil
}

// decodeAudit is the yardstick of plain logs.
func decodeAudit(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := make(chan [][]byte, 4)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for batch := range lines {
				for _, line := range batch {
					var e struct {
						Stage, RequestURI, Verb, UserAgent string
						User                               struct {
							Username string
							Groups   []string
						}
						ObjectRef struct {
							APIGroup, Resource, Subresource, Namespace, Name string
						}
						ResponseStatus struct{ Code int }
						Annotations    map[string]string
					}
					_ = json.Unmarshal(line, &e)
				}
			}
		})
	}
	var batch [][]byte
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if batch = append(batch, bytes.Clone(scanner.Bytes())); len(batch) == 1000 {
			lines <- batch
			batch = nil
		}
	}
	lines <- batch
	close(lines)
	group.Wait()
	return scanner.Err()
}

// gunzip is the yardstick of compressed logs.
func gunzip(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	gz, err := gzip.NewReader(bufio.NewReaderSize(f, 256<<10))
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, gz, make([]byte, 1<<20))
	return err
}

// generateAudit writes the recorded log again and again, plain and compressed, each time of
// other users, namespaces, objects and times.
func generateAudit(plain, zipped string, size int64) (int64, error) {
	f, err := os.Open(recording)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return 0, err
	}
	log, err := io.ReadAll(gz)
	if err != nil {
		return 0, err
	}
	out, err := os.Create(plain)
	if err != nil {
		return 0, err
	}
	defer func() { _ = out.Close() }()
	packed, err := os.Create(zipped)
	if err != nil {
		return 0, err
	}
	defer func() { _ = packed.Close() }()
	packer := gzip.NewWriter(packed)
	stamp := newStamp(log)
	written := int64(0)
	for i := 0; written < size; i++ {
		text := stamp.copy(i)
		written += int64(len(text))
		if _, err := io.WriteString(io.MultiWriter(out, packer), text); err != nil {
			return 0, err
		}
	}
	return written, packer.Close()
}

// stamp makes copies of a log that differ in what they name.
type stamp struct {
	log string
	// names are of pods and events, minutes the beginnings of all times.
	names, minutes []string
}

func newStamp(log []byte) *stamp {
	s := &stamp{log: string(log)}
	for _, found := range regexp.MustCompile(`/(?:pods|events)/([a-z0-9.-]+)`).FindAllStringSubmatch(s.log, -1) {
		s.names = append(s.names, found[1])
	}
	s.names = distinct(s.names)
	s.minutes = distinct(regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:`).FindAllString(s.log, -1))
	return s
}

func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// copy is the log of one of twenty teams, in whose namespaces all accounts are, with pods
// and events that no other copy has, some minutes later than the copy before.
func (s *stamp) copy(i int) string {
	team := i % 20
	pairs := []string{
		`"auditID":"`, fmt.Sprintf(`"auditID":"%04x-`, i),
		`"namespace":"kube-`, fmt.Sprintf(`"namespace":"team-%d-`, team), `/namespaces/kube-`, fmt.Sprintf(`/namespaces/team-%d-`, team),
		`"namespace":"shop`, fmt.Sprintf(`"namespace":"team-%d-shop`, team), `/namespaces/shop`, fmt.Sprintf(`/namespaces/team-%d-shop`, team),
		`system:serviceaccount:kube-`, fmt.Sprintf(`system:serviceaccount:team-%d-`, team), `system:serviceaccounts:kube-`, fmt.Sprintf(`system:serviceaccounts:team-%d-`, team),
		`"username":"admin"`, fmt.Sprintf(`"username":"admin-%d"`, team),
	}
	for _, name := range s.names {
		pairs = append(pairs, `/`+name, fmt.Sprintf(`/%s-%d`, name, i), `"name":"`+name+`"`, fmt.Sprintf(`"name":"%s-%d"`, name, i))
	}
	for _, minute := range s.minutes {
		at, err := time.Parse(`"2006-01-02T15:04:`, minute)
		if err != nil {
			continue // no time, only written like one
		}
		pairs = append(pairs, minute, at.Add(time.Duration(i)*9*time.Minute).Format(`"2006-01-02T15:04:`))
	}
	return strings.NewReplacer(pairs...).Replace(s.log)
}
