package assess

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// aim is who is to be reached on which ports: each pod and endpoint on its own.
type aim struct {
	targets []netpol.Target
	// ports are those of all targets.
	ports netpol.Ports
	notes []string
}

func (a *aim) add(to netpol.Peer, ports netpol.Ports) {
	a.targets = append(a.targets, netpol.Target{To: to, Ports: ports})
	a.ports = a.ports.Or(ports)
}

// addPods adds each pod with its own port of a name. Those without one are said.
func (a *aim) addPods(pods []*corev1.Pod, name string, protocol corev1.Protocol) {
	byPorts := map[string][]*corev1.Pod{}
	var order []netpol.Ports
	without := 0
	for _, pod := range pods {
		ports := namedPort(pod, name, protocol)
		if ports.Empty() {
			without++
			continue
		}
		key := ports.String()
		if byPorts[key] == nil {
			order = append(order, ports)
		}
		byPorts[key] = append(byPorts[key], pod)
	}
	for _, ports := range order {
		a.add(netpol.Pods(byPorts[ports.String()]...), ports)
	}
	if without > 0 && len(order) > 0 {
		a.notes = append(a.notes, fmt.Sprintf("no port named %s: %d of %s, not judged", name, without, workload.Plural(len(pods), "pod")))
	}
}

// aimAt finds the ports that are meant: of a Service those behind its own, of a name each pod's.
func aimAt(e End, at located) (aim, error) {
	if at.service != nil {
		return aimAtService(e, at)
	}
	var a aim
	if e.Port == "" {
		a.add(at.peer, netpol.AllPorts())
		return a, nil
	}
	text, protocol, err := splitPort(e.Port)
	if err != nil {
		return a, err
	}
	if number, err := strconv.ParseInt(text, 10, 32); err == nil {
		port, err := netpol.Port(protocol, int32(number))
		a.add(at.peer, port)
		return a, err
	}
	if len(at.pods) == 0 {
		return a, fmt.Errorf("port %q: names of ports are those of containers; write a number", e.Port)
	}
	a.addPods(at.pods, text, protocol)
	if len(a.targets) == 0 {
		return a, fmt.Errorf("no container has a port named %q (%s)", text, protocol)
	}
	return a, nil
}

func splitPort(text string) (port string, protocol corev1.Protocol, err error) {
	port, name, found := strings.Cut(text, "/")
	if !found {
		return port, corev1.ProtocolTCP, nil
	}
	protocol = corev1.Protocol(strings.ToUpper(name))
	if !slices.Contains([]corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}, protocol) {
		return port, protocol, fmt.Errorf("port %q: the protocol is none of TCP, UDP and SCTP", text)
	}
	return port, protocol, nil
}

// namedPort is the port of a name on a pod, as FindPort of k8s.io/endpointslice has it: the
// first of the containers that serve.
func namedPort(pod *corev1.Pod, name string, protocol corev1.Protocol) netpol.Ports {
	for c := range api.ServingContainers(&pod.Spec) {
		for _, p := range c.Ports {
			if p.Name != name || cmp.Or(p.Protocol, corev1.ProtocolTCP) != protocol {
				continue
			}
			if port, err := netpol.Port(protocol, p.ContainerPort); err == nil {
				return port
			}
		}
	}
	return netpol.Ports{}
}

// aimAtService finds where a Service's port leads, or where all of them do.
func aimAtService(e End, at located) (aim, error) {
	var a aim
	asked, protocol, err := splitPort(e.Port)
	if err != nil {
		return a, err
	}
	s := at.service
	var meant []corev1.ServicePort
	for _, p := range s.Spec.Ports {
		if p.Protocol = cmp.Or(p.Protocol, corev1.ProtocolTCP); strings.Contains(e.Port, "/") && p.Protocol != protocol {
			continue
		}
		if asked == "" || asked == p.Name || asked == strconv.Itoa(int(p.Port)) {
			meant = append(meant, p)
		}
	}
	number, err := strconv.ParseInt(asked, 10, 32)
	if headless(s) && len(meant) == 0 && err == nil {
		// Its name leads to the pods themselves, whatever ports it lists.
		meant = []corev1.ServicePort{{Port: int32(number), Protocol: protocol}}
	}
	if len(meant) == 0 {
		return a, fmt.Errorf("service %q has no port %q", s.Name, e.Port)
	}
	byName := asked != "" && err != nil
	for _, p := range meant {
		if err := a.addServicePort(at, p, headless(s) && !byName); err != nil {
			a.notes = append(a.notes, fmt.Sprintf("service %q: %v", s.Name, err))
		}
	}
	if len(a.targets) == 0 {
		return a, errors.New(a.notes[0])
	}
	if headless(s) {
		a.notes = append(a.notes, headlessNotes(at, meant, byName)...)
	}
	return a, nil
}

func headless(s *corev1.Service) bool { return s.Spec.ClusterIP == corev1.ClusterIPNone }

// addServicePort adds what one port of a Service leads to. Without translation it is the port
// of that number.
func (a *aim) addServicePort(at located, p corev1.ServicePort, untranslated bool) error {
	own, err := netpol.Port(p.Protocol, p.Port)
	if err != nil {
		return err
	}
	before := len(a.targets)
	for _, e := range at.endpoints {
		ports := own
		if !untranslated {
			ports = e.portOf(p)
		}
		if !ports.Empty() {
			a.add(e.peer, ports)
		}
	}
	if len(at.endpoints) > 0 {
		if len(a.targets) == before {
			return fmt.Errorf("no EndpointSlice has its port %d", p.Port)
		}
		return nil
	}
	if untranslated {
		a.add(at.peer, own)
		return nil
	}
	if target := p.TargetPort; target.Type == intstr.Int && target.IntVal != 0 {
		own, err = netpol.Port(p.Protocol, target.IntVal)
	} else if target.Type == intstr.String && target.StrVal != "" {
		a.addPods(at.pods, target.StrVal, p.Protocol)
		if len(a.targets) == before {
			return fmt.Errorf("no container has a port named %q (%s)", target.StrVal, p.Protocol)
		}
		return nil
	}
	if err == nil {
		a.add(at.peer, own)
	}
	return err
}

// portOf is the port of an endpoint that belongs to a Service's: it has its name. One without a
// number stands for any.
func (e endpoint) portOf(p corev1.ServicePort) netpol.Ports {
	for _, has := range e.ports {
		name, protocol := "", corev1.ProtocolTCP
		if has.Name != nil {
			name = *has.Name
		}
		if has.Protocol != nil {
			protocol = cmp.Or(*has.Protocol, protocol)
		}
		if name != p.Name || protocol != p.Protocol {
			continue
		}
		number := p.Port
		if has.Port != nil {
			number = *has.Port
		}
		if port, err := netpol.Port(protocol, number); err == nil {
			return port
		}
	}
	return netpol.Ports{}
}

// headlessNotes say of a Service without an address of its own that it changes no port.
func headlessNotes(at located, meant []corev1.ServicePort, byName bool) []string {
	var notes []string
	for _, p := range meant {
		var leads aim
		if err := leads.addServicePort(at, p, false); err != nil || leads.ports.String() == ownPort(p).String() {
			continue
		}
		text := fmt.Sprintf("Service %s is headless: it does not turn port %d into %s", at.service.Name, p.Port, portNumber(leads.ports, p.Protocol))
		if byName {
			text += ", which is asked about; DNS gives it to those alone who look up the port's name (SRV)"
		} else {
			text += fmt.Sprintf(", and who dials %d of its name gets port %d of the pods, which is asked about", p.Port, p.Port)
		}
		notes = append(notes, text)
	}
	return notes
}

func ownPort(p corev1.ServicePort) netpol.Ports {
	own, _ := netpol.Port(p.Protocol, p.Port)
	return own
}

func portNumber(ports netpol.Ports, protocol corev1.Protocol) string {
	return strings.TrimPrefix(ports.String(), string(protocol)+" ")
}
