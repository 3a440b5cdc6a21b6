package cluster

import (
	"encoding/json"
	"net/http"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// answers gives a server bodies by their path.
func answers(mux *http.ServeMux) func(path string, body any) {
	return func(path string, body any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body)
		})
	}
}

// readFault is a fault of a read, with the reason that is told for it.
type readFault struct {
	fault  testkit.Fault
	reason string
}

func readFaults() map[string]readFault {
	return map[string]readFault{
		"403":     {testkit.Status(403), "forbidden"},
		"404":     {testkit.Status(404), "not found"},
		"429":     {testkit.Status(429), "too many requests"},
		"500":     {testkit.Status(500), "server error 500"},
		"503":     {testkit.Status(503), "server error 503"},
		"cut":     {testkit.CutBody(20), "connection cut"},
		"stall":   {testkit.Stall(), "timed out"},
		"refused": {testkit.Refuse(), "timed out"}, // client-go tries again until the time is up
	}
}
