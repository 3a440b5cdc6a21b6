package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// DangerousService finds programs that ask nobody who they are and are reached from outside.
func DangerousService() Check {
	return Check{
		ID:        "dangerous-service",
		Title:     "Program without authentication is reached from outside the cluster",
		Severity:  api.SeverityHigh,
		Standards: []string{"owasp-2025:K05", "attack:T1190", "attack:T1133"},
		Doc: "Programs that give data or control to whoever connects, as they come: told by the name of the image, " +
			"a few by their port alone. Not reported where arguments or variables turn authentication on, nor of " +
			"those that ask for a login by default (Argo CD, Grafana, the Kubernetes dashboard, Jupyter), unless " +
			"one turns it off; derived where a configuration file may. Medium where only private addresses get " +
			"in. Whether an Ingress asks for a login before it is not seen. Which programs: " + listOfOpen() + ".",
		Fix:      "authentication, or a Service of type ClusterIP and a NetworkPolicy",
		MayBreak: "clients outside the cluster",
		Eval:     evalDangerous,
	}
}

func listOfOpen() string {
	var names []string
	for _, o := range openServices() {
		names = append(names, o.name)
	}
	return strings.Join(names, ", ")
}

func evalDangerous(s Subject) []Violation {
	n := s.Context.Network
	if n == nil || len(n.Exposed)+len(n.MayExpose) == 0 {
		return nil
	}
	programs := openServices()
	var out []Violation
	known := false
	for c := range s.Containers() {
		if c.Type != api.ContainerMain && c.Type != api.ContainerSidecar {
			continue
		}
		for _, o := range programs {
			if !o.is(c) {
				continue
			}
			known = true
			if open, sure := o.open(c); open {
				out = append(out, o.violation(n, c, sure)...)
			}
		}
	}
	if known {
		return out
	}
	for _, o := range programs {
		if o.byPort {
			out = append(out, o.violation(n, workload.Container{}, false)...)
		}
	}
	return out
}

// violation is one for the port that is reached, in the container that it is in; none where
// it is not reached.
func (o openService) violation(n *api.Network, c workload.Container, sure bool) []Violation {
	v := Violation{
		Container: c, Path: "Services of its namespace", Key: "service:" + o.name, Derived: !sure,
		Want: "authentication, or no way in",
	}
	reached := ""
	for _, e := range n.Exposed {
		if !o.listensOn(e.Target, c) {
			continue
		}
		private := e.Reach == api.ReachPrivate
		if reached == "" || v.Severity != "" && !private {
			reached = e.Target
			v.Path, v.Got, v.Severity, v.Modifier = objectOf(e), fromWords(e)+", "+tlsWords(e), "", ""
			v.Message = fmt.Sprintf("%s on port %s is reached through %s: %s", o.name, e.Target, objectOf(e), o.gives)
			if private {
				v.Severity, v.Modifier = api.SeverityMedium, privateStep
			}
		}
	}
	switch {
	case reached != "":
		return []Violation{v}
	case c.Container != nil && len(n.MayExpose) > 0:
		v.Unknown, v.Derived, v.Got = true, false, "unknown"
		v.Message = fmt.Sprintf("whether %s is reached from outside is not known: %s", o.name, n.MayExpose[0])
		return []Violation{v}
	}
	return nil
}

// listensOn tells whether a port of the pods is one of the program's: its own, or one that its
// container names.
func (o openService) listensOn(target string, c workload.Container) bool {
	number, err := strconv.Atoi(target) // other protocols than TCP have a suffix
	if err != nil {
		return false
	}
	return slices.Contains(o.ports, int32(number)) || //nolint:gosec // no port is wider
		!o.ownPorts && c.Container != nil && len(c.Ports) == 1 && c.Ports[0].ContainerPort == int32(number) //nolint:gosec // as above
}

// is tells the program by its image.
func (o openService) is(c workload.Container) bool {
	repository := parseImage(c.Image).repository
	return slices.ContainsFunc(o.images, func(name string) bool {
		return repository == name || strings.HasSuffix(repository, "/"+name)
	})
}

// open tells whether the program asks for nothing, and whether that is sure.
func (o openService) open(c workload.Container) (open, sure bool) {
	args := strings.Join(slices.Concat(c.Command, c.Args), " ")
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
		if e.ValueFrom != nil {
			env[e.Name] = "from elsewhere"
		}
	}
	says := func(word string) bool {
		name, value, pair := strings.Cut(word, "=")
		got, found := env[name]
		if strings.HasPrefix(word, "-") {
			word = " " + word
		}
		return found && (pair && strings.EqualFold(got, value) || !pair && got != "") || strings.Contains(" "+args, word)
	}
	if len(o.opened) > 0 {
		return slices.ContainsFunc(o.opened, says), true
	}
	return !slices.ContainsFunc(o.secured, says), false
}

// openService is a program that asks for no authentication as it comes.
type openService struct {
	name string
	// images are the ends of repositories, ports those it listens on.
	images []string
	ports  []int32
	// byPort tells that the port alone is enough: nothing else commonly listens there.
	byPort bool
	// ownPorts tells that its other ports are not open.
	ownPorts bool
	// secured are variables and parts of arguments that turn authentication on; opened are
	// those without which it is on.
	secured, opened []string
	// gives is what whoever connects gets.
	gives string
}

func compareOpen(a, b openService) int { return cmp.Compare(a.name, b.name) }
