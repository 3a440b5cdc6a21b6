package shop

import (
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// New is the shop as it stands in the files.
func New() *Shop {
	s := &Shop{
		APIServer: netip.MustParseAddrPort("192.0.2.10:6443"),
		From:      time.Date(2026, 11, 19, 9, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
	}
	for i := byte(1); i <= 3; i++ {
		s.Nodes = append(s.Nodes, &Node{
			Name: fmt.Sprintf("node-%d", i), Address: netip.AddrFrom4([4]byte{192, 0, 2, 10 + i}),
			Pods4: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 244, i, 0}), 24),
			Pods6: netip.MustParsePrefix(fmt.Sprintf("2001:db8:244:%d::/64", i)),
		})
	}
	s.addWorkloads()
	s.addServices()
	return s
}

func tcp(name string, number int32) Port { return Port{name, number, corev1.ProtocolTCP} }
func udp(name string, number int32) Port { return Port{name, number, corev1.ProtocolUDP} }

// addWorkloads makes them with their pods, which are spread over the nodes.
func (s *Shop) addWorkloads() {
	began := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	for i, w := range []struct {
		Workload
		pods []string
	}{
		{Workload{Kind: "Deployment", Namespace: "shop", Name: "web", Ports: []Port{tcp("http", 8080)}, Six: true}, []string{"web-6d4cf56db6-2kq9x", "web-6d4cf56db6-w8nfz"}},
		{Workload{Kind: "Deployment", Namespace: "shop", Name: "cart", Ports: []Port{tcp("", 7070), tcp("metrics", 9090)}, Metrics: 9090}, []string{"cart-7c9d8b5f4-hj2lp", "cart-7c9d8b5f4-zt5mm"}},
		{Workload{Kind: "Deployment", Namespace: "shop", Name: "catalog", Ports: []Port{tcp("", 3550)}, Six: true}, []string{"catalog-5b8f9c7d66-4xkvd"}},
		{Workload{Kind: "Deployment", Namespace: "shop", Name: "checkout", Ports: []Port{tcp("", 5050), tcp("metrics", 9090)}, Metrics: 9090}, []string{"checkout-84f6d9b7c5-9rthw", "checkout-84f6d9b7c5-n6bqs"}},
		{Workload{Kind: "Deployment", Namespace: "shop", Name: "payment", Ports: []Port{tcp("", 50051)}}, []string{"payment-6f7b8c9d5-q2w4z"}},
		{Workload{Kind: "Deployment", Namespace: "shop", Name: "mail", Ports: []Port{tcp("grpc", 8080)}}, []string{"mail-58d7c6b9f4-l8kjh"}},
		{Workload{Kind: "Deployment", Namespace: "shop", Name: "statsd", Ports: []Port{udp("", 8125)}}, []string{"statsd-7d5c8f6b94-v5gtr"}},
		{Workload{Kind: "StatefulSet", Namespace: "shop", Name: "redis", Ports: []Port{tcp("redis", 6379), tcp("bus", 16379)}}, []string{"redis-0", "redis-1"}},
		{Workload{Kind: "Job", Namespace: "shop", Name: "load"}, []string{"load-b7xkq", "load-t4nzp"}},
		{Workload{Kind: "CronJob", Namespace: "shop", Name: "nightly"}, []string{"nightly-29389560-m7c2d"}},
		{Workload{Kind: "DaemonSet", Namespace: "shop", Name: "node-agent", Ports: []Port{tcp("", 9100)}, HostNetwork: true}, []string{"node-agent-5hx8k", "node-agent-d2l9v", "node-agent-rf6wj"}},
		{Workload{Kind: "StatefulSet", Namespace: "data", Name: "db", Ports: []Port{tcp("postgres", 5432)}}, []string{"db-0"}},
		{Workload{Kind: "Deployment", Namespace: "kube-system", Name: "coredns", Labels: map[string]string{"k8s-app": "kube-dns"}, Ports: []Port{udp("dns", 53), tcp("dns-tcp", 53), tcp("metrics", 9153)}}, []string{"coredns-668d6bf9bc-8jk2s", "coredns-668d6bf9bc-xv7ln"}},
		{Workload{Kind: "Deployment", Namespace: "ingress", Name: "traefik", Labels: map[string]string{"app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-ingress"}, Ports: []Port{tcp("websecure", 8443)}}, []string{"traefik-9c4d7f8b6-k3p5r"}},
		{Workload{Kind: "Deployment", Namespace: "monitoring", Name: "prometheus", Labels: map[string]string{"app.kubernetes.io/name": "prometheus"}, Ports: []Port{tcp("web", 9090)}}, []string{"prometheus-6c8b9d7f5-b4h6y"}},
		{Workload{Kind: "Deployment", Namespace: "platform", Name: "operator", Ports: []Port{tcp("webhook", 9443)}}, []string{"operator-79f8d6c5b4-t6y8u"}},
	} {
		workload := w.Workload
		workload.shop = s
		if workload.Labels == nil {
			workload.Labels = map[string]string{"app": w.Name}
		}
		for j, name := range w.pods {
			pod := &Pod{Name: name, Node: s.Nodes[(i+j)%len(s.Nodes)], From: began}
			pod.Addresses = workload.addresses(pod.Node, byte(10*(i+1)+j))
			workload.Pods = append(workload.Pods, pod)
		}
		s.Workloads = append(s.Workloads, &workload)
	}
	load := s.Workload("load").Pods // one that is done, and one that is gone
	for _, pod := range load {
		pod.From, pod.To = s.From.Add(time.Hour), s.From.Add(2*time.Hour)
	}
	load[1].Gone = true
	s.Workload("nightly").Pods[0].From = s.To.Add(-7 * time.Hour)
}

// addresses are those of a pod on a node.
func (w *Workload) addresses(node *Node, host byte) []netip.Addr {
	if w.HostNetwork {
		return []netip.Addr{node.Address}
	}
	four := node.Pods4.Addr().As4()
	four[3] = host
	out := []netip.Addr{netip.AddrFrom4(four)}
	if w.Six {
		six := node.Pods6.Addr().As16()
		six[15] = host
		out = append(out, netip.AddrFrom16(six))
	}
	return out
}

// addServices makes those of the shop, but for that of the API server.
func (s *Shop) addServices() {
	for i, service := range []struct {
		name, to string
		headless bool
		ports    []ServicePort
	}{
		{"web", "web", false, []ServicePort{{80, tcp("http", 8080), false}}},
		{"cart", "cart", false, []ServicePort{{7070, tcp("", 7070), false}}},
		{"catalog", "catalog", false, []ServicePort{{3550, tcp("", 3550), false}}},
		{"checkout", "checkout", false, []ServicePort{{5050, tcp("", 5050), false}}},
		{"payment", "payment", false, []ServicePort{{50051, tcp("", 50051), false}}},
		{"mail", "mail", false, []ServicePort{{5000, tcp("grpc", 8080), true}}},
		{"statsd", "statsd", false, []ServicePort{{8125, udp("", 8125), false}}},
		{"redis", "redis", true, []ServicePort{{6379, tcp("redis", 6379), true}, {16379, tcp("bus", 16379), true}}},
		{"db", "db", false, []ServicePort{{5432, tcp("postgres", 5432), true}}},
		{"traefik", "traefik", false, []ServicePort{{443, tcp("websecure", 8443), true}}},
		{"operator", "operator", false, []ServicePort{{443, tcp("webhook", 9443), true}}},
		{"kube-dns", "coredns", false, []ServicePort{{53, udp("dns", 53), false}, {53, tcp("dns-tcp", 53), false}}},
	} {
		out := &Service{Name: service.name, To: s.Workload(service.to), Ports: service.ports}
		switch {
		case service.headless:
		case service.name == "kube-dns":
			out.Addresses = []netip.Addr{netip.MustParseAddr("10.96.0.10")}
		default:
			out.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{10, 96, 0, byte(100 + i)})}
		}
		if out.To.Six {
			out.Addresses = append(out.Addresses, netip.MustParseAddr(fmt.Sprintf("2001:db8:96::%d", 100+i)))
		}
		if service.name == "traefik" {
			out.Outside = netip.MustParseAddr("203.0.113.200")
		}
		s.Services = append(s.Services, out)
	}
}
