package observation

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// checkEdge finds what does not make sense in an edge of a document.
func checkEdge(e *api.Edge) error {
	for _, end := range []*api.EdgeEnd{&e.Client, &e.Server} {
		if err := checkAddress(end); err != nil {
			return err
		}
	}
	if err := checkEnds(&e.Client, &e.Server); err != nil {
		return err
	}
	if addressed(&e.Client) && addressed(&e.Server) && e.Client.AnyAddress != e.Server.AnyAddress {
		return errors.New("has an edge with any address at one end, and an address at the other one")
	}
	if !portFits(e.Protocol, e.Port) || e.AnyPort && (e.Port != 0 || !portFits(e.Protocol, 1)) {
		return fmt.Errorf("has an edge of protocol %q and port %d, which is none", e.Protocol, e.Port)
	}
	if e.Count < 0 {
		return errors.New("has an edge with a negative count")
	}
	for _, word := range e.Seen {
		if seenFromOf(word) == 0 {
			return fmt.Errorf("has an edge seen from %q, which is nowhere", word)
		}
	}
	if err := checkTimes(e.First, e.Last); err != nil {
		return err
	}
	return checkDays(e.Days)
}

// checkTimes wants none or both, in their order, between 1970 and the year 9999 of UTC.
func checkTimes(first, last string) error {
	if first == "" && last == "" {
		return nil
	}
	from, errFirst := time.Parse(time.RFC3339, first)
	to, errLast := time.Parse(time.RFC3339, last)
	if errFirst != nil || errLast != nil {
		return fmt.Errorf("has an edge from %q to %q, which are no times of RFC 3339", first, last)
	}
	if from.Unix() <= 0 || to.Unix() > latest || to.Before(from) {
		return fmt.Errorf("has an edge from %q to %q, which cannot be", first, last)
	}
	return nil
}

// checkEnds finds what does not make sense in two ends, but for their addresses.
func checkEnds(client, server *api.EdgeEnd) error {
	for _, e := range []*api.EdgeEnd{client, server} {
		if err := checkEnd(e); err != nil {
			return err
		}
	}
	outside := client.Kind == api.EndAddress && server.Kind == api.EndAddress
	nowhere := client.Kind == api.EndOwnNode && server.Kind != api.EndWorkload || server.Kind == api.EndOwnNode && client.Kind != api.EndWorkload
	if outside || nowhere {
		return fmt.Errorf("has an edge of the kinds %s and %s, which cannot be", client.Kind, server.Kind)
	}
	return nil
}

func checkEnd(e *api.EdgeEnd) error {
	kinds := []api.EndKind{api.EndWorkload, api.EndAddress, api.EndAPIServer, api.EndNode, api.EndOwnNode, api.EndUnknown}
	w := e.Workload
	switch {
	case !slices.Contains(kinds, e.Kind):
		return fmt.Errorf("has an end of the kind %q, which is unknown", e.Kind)
	case e.Kind == api.EndWorkload && (w == nil || w.Kind == "" || w.Namespace == "" || w.Name == ""):
		return errors.New("has a workload without a kind, a namespace or a name")
	case e.Kind != api.EndWorkload && (w != nil || len(e.Labels) > 0):
		return fmt.Errorf("has an end of the kind %s with a workload or labels", e.Kind)
	case e.Kind != api.EndUnknown && e.Reason != "":
		return fmt.Errorf("has an end of the kind %s with a reason", e.Kind)
	}
	return nil
}

// checkAddress wants an address, or that it is any, where there has to be one.
func checkAddress(e *api.EdgeEnd) error {
	switch {
	case !addressed(e) && (e.Address != "" || e.AnyAddress):
		return fmt.Errorf("has an end of the kind %s with an address", e.Kind)
	case !addressed(e):
		return nil
	case e.AnyAddress == (e.Address != ""):
		return errors.New("has an end with neither or both of an address and any address")
	case e.AnyAddress:
		return nil
	}
	if addr, err := netip.ParseAddr(e.Address); err != nil || addr.Zone() != "" {
		return fmt.Errorf("has an address %q, which is none", e.Address)
	}
	return nil
}

// portFits tells whether a protocol is one as documents have it, and can have a port.
func portFits(protocol string, port int32) bool {
	switch protocol {
	case "TCP", "UDP", "SCTP":
		return port >= 0 && port <= 65535
	case "ICMP", "ICMPv6":
		return port == 0
	case "1", "6", "17", "58", "132": // those have names
		return false
	}
	number, err := strconv.ParseUint(protocol, 10, 8)
	return err == nil && port == 0 && strconv.FormatUint(number, 10) == protocol
}
