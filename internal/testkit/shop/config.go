package shop

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// configure writes down whom a workload calls, each in another form.
func (w *Workload) configure(spec *corev1.PodSpec) {
	c := &spec.Containers[0]
	data := w.shop.Workload("db").Namespace
	switch w.Name {
	case "web":
		c.Env = env("LISTEN_ADDR", "0.0.0.0:8080", "PUBLIC_URL", "https://shop.example", "VERSION", "1.2.3", "MODE", "cart", "CART_ADDR", "cart:7070",
			"CATALOG_SERVICE_HOST", "catalog", "CATALOG_SERVICE_PORT", "3550", "CHECKOUT_HOST", "checkout."+w.Namespace+".svc", "STATSD_HOST", "statsd", "STATSD_PORT", "8125")
		c.Args = []string{"--checkout-url=http://$(CHECKOUT_HOST):5050/v1", "--log-level", "info"}
	case "cart":
		key := corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "cart"}, Key: "statsd"}
		c.Env = []corev1.EnvVar{{Name: "METRICS", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &key}}}
		mount(spec, "cart", "cart.yaml")
	case "redis":
		c.Args = []string{"--peers", fmt.Sprintf("redis-0.redis.%[1]s.svc.cluster.local:6379,redis-1.redis.%[1]s.svc.cluster.local:16379", w.Namespace)}
	case "catalog":
		c.Env = env("DATABASE_URL", "jdbc:postgresql://db."+data+".svc.cluster.local:5432/catalog?user=catalog")
		spec.InitContainers = []corev1.Container{{Name: "wait", Image: "registry.example/tools:1", Command: []string{"sh", "-c", "until nc -z db." + data + " 5432; do sleep 1; done"}}}
	case "checkout":
		key := corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "checkout-keys"}, Key: "payment"}
		settings := corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "checkout"}}
		c.Env = []corev1.EnvVar{{Name: "PAYMENT_KEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &key}}}
		c.EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &settings}}
	case "payment":
		c.Env = env("PAYMENTS_URL", "https://"+PaymentsName+"/v1", "CORS_ORIGINS", "https://shop.example")
	case "mail":
		c.Env = env("SMTP_HOST", SMTPName, "SMTP_PORT", "587", "MAIL_FROM", "shop@shop.example")
	case "load":
		c.Command = []string{"sh", "-c", "# a visitor\nexec load --duration 60m http://web/"}
	case "nightly":
		c.Args = []string{"--dsn", "host=db." + data + " port=5432 user=nightly", "--server", "https://kubernetes.default.svc"}
	case "operator":
		c.Args = []string{"--master=https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)", "--webhook-bind-address=0.0.0.0:9443"}
	case "traefik":
		c.Args = []string{"--providers.kubernetesingress.endpoint=https://kubernetes.default.svc.cluster.local:443", "--entrypoints.websecure.address=:8443"}
	case "prometheus", "coredns":
		mount(spec, w.Name, "")
	}
}

func env(pairs ...string) []corev1.EnvVar {
	var out []corev1.EnvVar
	for pair := range slices.Chunk(pairs, 2) {
		out = append(out, corev1.EnvVar{Name: pair[0], Value: pair[1]})
	}
	return out
}

// mount gives the first container the files of a ConfigMap, or one of them.
func mount(spec *corev1.PodSpec, name, file string) {
	source := corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}
	if file != "" {
		source.Items = []corev1.KeyToPath{{Key: file, Path: file}}
	}
	spec.Volumes = append(spec.Volumes, corev1.Volume{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &source}})
	spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "config", MountPath: "/etc/config", ReadOnly: true}}
}

// configMaps are those that the workloads refer to.
func (s *Shop) configMaps() []runtime.Object {
	var out []runtime.Object
	for name, data := range map[string]map[string]string{
		"cart": {
			"statsd":    "udp://statsd:8125",
			"cart.yaml": "listen:\n  host: 0.0.0.0\n  port: 7070\nredis:\n  nodes:\n  - redis-0.redis:6379\n  - redis-1.redis:6379\n# http://mail:5000\n",
		},
		"checkout":   {"CART": "cart." + s.Workload("cart").Namespace + ":7070", "CATALOG": "catalog:3550", "PAYMENT_TARGET": "dns:///payment:50051", "MAIL_ADDR": "mail:5000"},
		"prometheus": {"prometheus.yml": "scrape_configs:\n- job_name: pods\n  kubernetes_sd_configs:\n  - role: pod\n    api_server: https://kubernetes.default.svc\n"},
		"coredns":    {"Corefile": ".:53 {\n    kubernetes cluster.local {\n        endpoint https://" + kubernetesAddress + ":443\n    }\n    forward . " + Resolver + ":53\n}\n"},
	} {
		out = append(out, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.Workload(name).Namespace}, Data: data})
	}
	slices.SortFunc(out, func(a, b runtime.Object) int {
		x, y := a.(*corev1.ConfigMap), b.(*corev1.ConfigMap)
		return strings.Compare(x.Namespace+"/"+x.Name, y.Namespace+"/"+y.Name)
	})
	return out
}

// Configured is what the workloads have in their configuration of what is needed: all but names,
// which every pod is configured to ask for, and what others are told of them, as by an Ingress or an
// annotation. Outside names stand for their addresses.
func (s *Shop) Configured() []Edge {
	var out []Edge
	for _, e := range s.Needed() {
		switch {
		case e.To == "coredns", s.Workload(e.From) == nil, e.From == "traefik" && e.To == "web", e.From == "prometheus" && e.To != APIServer:
			continue
		case e.To == Payments1 || e.To == Payments2:
			e.To = PaymentsName
		case e.To == SMTP:
			e.To = SMTPName
		case e.To == Resolver: // the other protocol of name servers is not told from this one
			out = append(out, Edge{From: e.From, To: e.To, Protocol: corev1.ProtocolTCP, Port: e.Port})
		}
		e.Six = false
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}
