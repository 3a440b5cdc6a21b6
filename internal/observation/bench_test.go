package observation_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// distinct are sightings of as many edges: of workloads, some with labels, and of outside
// addresses.
func distinct(n int) []observation.Sighting {
	known := map[string]api.EdgeEnd{}
	workload := func(name string, i int) api.EdgeEnd {
		name += strconv.Itoa(i)
		if known[name].Kind == "" {
			known[name] = workloadEnd(name)
		}
		return known[name]
	}
	sightings := make([]observation.Sighting, n)
	for i := range sightings {
		s := observation.Sighting{
			Client: workload("client-", i/50), Server: workload("server-", i%50), Protocol: "TCP", Port: 8080,
			At: 1700000000 + int64(i), Count: 1, Service: fmt.Sprintf("shop/server-%d:80", i%50), Seen: api.SeenFromClient, Format: api.FormatHubble, Certain: true, Answered: true,
		}
		switch i % 10 {
		case 0:
			s.Server = outside(fmt.Sprintf("198.%d.%d.%d", 18+i>>16, i>>8&255, i&255))
		case 1:
			s.Server.Labels = map[string]string{"app": "a", "app.kubernetes.io/part-of": "shop"}
		}
		sightings[i] = s
	}
	return sightings
}

func BenchmarkSee(b *testing.B) {
	const edges = 100_000
	sightings := distinct(edges)
	set := observation.NewSet()
	var was, is runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&was)
	seeAll(b, set, sightings)
	runtime.GC()
	runtime.ReadMemStats(&is)
	i := 0
	for b.Loop() {
		set.See(&sightings[i*7919%edges])
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sightings/s")
	b.ReportMetric(float64(is.HeapAlloc-was.HeapAlloc)/1e6, "MB")
	runtime.KeepAlive(set)
}

func BenchmarkAddEdge(b *testing.B) {
	sightings := distinct(1000)
	set := observation.NewSet()
	entries := make([]*observation.EdgeEntry, len(sightings))
	for i := range sightings {
		entries[i] = set.Edge(&sightings[i])
	}
	i := 0
	for b.Loop() {
		set.AddEdge(entries[i%1000], &sightings[i%1000])
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sightings/s")
}

func BenchmarkDocument(b *testing.B) {
	set := observation.NewSet()
	seeAll(b, set, distinct(100_000))
	for b.Loop() {
		if n := len(set.Document().Edges); n < 90_000 {
			b.Fatal(n)
		}
	}
}
