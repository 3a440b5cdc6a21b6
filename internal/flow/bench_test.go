package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// hubbleLines are lines as long as those of a real cluster, of as many pods.
func hubbleLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		line := hubbleLine(`,"traffic_direction":"EGRESS","trace_observation_point":"TO_ENDPOINT","trace_reason":"ESTABLISHED","is_reply":false`)
		line = strings.NewReplacer("web-0", fmt.Sprintf("web-%d", i%300), "db-0", fmt.Sprintf("db-%d", i%20), ":40000", fmt.Sprintf(":%d", 32768+i%20000)).Replace(line)
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

func BenchmarkReadHubble(b *testing.B) { benchmarkRead(b, hubbleLines(50_000), 50_000) }

func BenchmarkReadConntrack(b *testing.B) {
	benchmarkRead(b, bytes.Repeat([]byte(good()["conntrack"]), 200_000), 200_000)
}

func benchmarkRead(b *testing.B, text []byte, lines int) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		files, err := source.Find(bytes.NewReader(text), source.Stdin)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		if _, err := Read(b.Context(), files, Options{Now: now}, func(*Flow) { n++ }); err != nil || n != lines {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkYardstick is encoding/json of the same lines into what is used of them, on as many
// goroutines as are given to it: one.
func BenchmarkYardstick(b *testing.B) {
	const lines = 20_000
	text := hubbleLines(lines)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for line := range bytes.Lines(text) {
			var r struct {
				Flow struct {
					hubbleBody
					Source, Destination hubbleEndpoint
				} `json:"flow"`
			}
			if err := json.Unmarshal(line, &r); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
