package netpol

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
)

// addPort follows ValidateNetworkPolicyPort of k8s.io/kubernetes
// pkg/apis/networking/validation. A port that cannot be read adds nothing.
func (r *rulePorts) addPort(o *networkingv1.NetworkPolicyPort, spans *[3][]span) error {
	protocol := 0
	if o.Protocol != nil {
		if protocol = protocolIndex(*o.Protocol); protocol < 0 {
			return fmt.Errorf("protocol %q is not %s, %s or %s", *o.Protocol, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)
		}
	}
	if o.Port == nil {
		if o.EndPort != nil {
			return errors.New("has an endPort without a port")
		}
		spans[protocol] = append(spans[protocol], span{1, maxPort})
		return nil
	}
	if o.Port.Type == intstr.String {
		return r.addName(protocol, o)
	}
	ports := span{o.Port.IntVal, o.Port.IntVal}
	if o.EndPort != nil {
		ports.last = *o.EndPort
	}
	switch {
	case ports.first < 1 || ports.first > maxPort:
		return fmt.Errorf("%d is not from 1 to %d", ports.first, maxPort)
	case ports.last < ports.first:
		return fmt.Errorf("endPort %d is below port %d", ports.last, ports.first)
	case ports.last > maxPort:
		return fmt.Errorf("endPort %d is above %d", ports.last, maxPort)
	}
	spans[protocol] = append(spans[protocol], ports)
	return nil
}

func (r *rulePorts) addName(protocol int, o *networkingv1.NetworkPolicyPort) error {
	name := o.Port.StrVal
	if o.EndPort != nil {
		return fmt.Errorf("has an endPort beside the name %q", name)
	}
	if problems := validation.IsValidPortName(name); len(problems) > 0 {
		return fmt.Errorf("%q is not the name of a port: %s", name, problems[0])
	}
	r.names = append(r.names, portName{protocol: protocol, name: name})
	return nil
}

// mayBe tells whether a rule may have some of the ports.
func (r *rulePorts) mayBe(ports Ports) bool {
	return len(r.names) > 0 || r.refused || r.ports.meets(ports)
}

// on are the ports of the rule on a pod of the group, and those that it perhaps has. Outside
// the cluster, where the group is nil, no port has a name.
func (r *rulePorts) on(destination *group) (sure, maybe Ports, doubt Doubt) {
	sure = r.ports
	if destination != nil {
		for _, wanted := range r.names {
			found := false
			for _, given := range destination.names {
				if given.protocol != wanted.protocol || given.name != wanted.name {
					continue
				}
				port := spanOf(given.protocol, span{given.number, given.number})
				if found {
					maybe, doubt = maybe.Or(port), DoubtPortName
				} else {
					sure = sure.Or(port)
				}
				found = true
			}
		}
	}
	if r.refused {
		return sure, AllPorts(), DoubtRefused
	}
	return sure, maybe.Or(sure), doubt
}
