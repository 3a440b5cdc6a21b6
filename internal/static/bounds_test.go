package static

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// TestOrderDoesNotMatter: objects come in any order.
func TestOrderDoesNotMatter(t *testing.T) {
	manifests, _ := boutique()
	manifests = append(manifests, strings.Split(servers(), "\n---\n")...)
	manifests = append(manifests, configMap("file", "a: http://web\nb: http://nobody.shop\n"), mounted(""))
	want := Read(inventoryOf(t, manifests...))
	random := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		random.Shuffle(len(manifests), func(i, j int) { manifests[i], manifests[j] = manifests[j], manifests[i] })
		if diff := cmp.Diff(want, Read(inventoryOf(t, manifests...))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestBounds: of a field so many addresses are taken, and of its text so much is read; what is left
// out is said.
func TestBounds(t *testing.T) {
	var many strings.Builder
	for i := range maxMentions + 5 {
		fmt.Fprintf(&many, "203.0.113.%d:%d\n", i%200+1, i+1000)
	}
	long := strings.Repeat("# nothing\n", maxText/10+1) + "http://web\n"
	for name, test := range map[string]struct {
		text  string
		edges int
		miss  string
	}{
		"many": {many.String(), maxMentions, "ConfigMap settings key file of container app: more than 256 addresses"},
		"long": {long, 0, "ConfigMap settings key file of container app: too long to be read whole"},
	} {
		r := Read(inventoryOf(t, servers(), configMap("file", test.text), mounted("")))
		edges := edgesOf(r, "client")
		if len(edges) != test.edges || !slices.Contains(r.Unread, Unread{refOf(r, "client"), test.miss, true}) {
			t.Errorf("%s: %d edges, %v", name, len(edges), r.Unread)
		}
	}
}

func refOf(r Reading, name string) api.Ref {
	for _, u := range r.Unread {
		if u.Workload.Name == name {
			return u.Workload
		}
	}
	return api.Ref{}
}

// shapesOfText are texts of a length that slow readers are slow with.
func shapesOfText(n int) map[string]string {
	fill := func(unit string) string { return strings.Repeat(unit, n/len(unit)) }
	return map[string]string{
		"schemes": fill("a://"), "URLs in URLs": fill("http://"), "commas": "http://" + fill("a,"), "colons": fill(":1"), "quotes": fill(`"`), "brackets": fill("["), "braces": fill(`{"a":`), "dashes": fill("- "),
		"flags": fill("--a "), "equals": fill("a="), "at": fill("@a"), "dots": fill("a."), "dollars": fill("${"), "open": fill("${a"), "half": fill("${a") + "}", "references": fill("$("), "defaults": fill("${a:-b}"), "indent": strings.Repeat(" ", n),
		"hosts": fill("web:80 "), "nested": fill("http://a/http://"), "lines": fill("\n"), "keys": fill("host: web\n"), "words": fill("cart "), "urls": fill("http://web/,"), "one": fill("x"),
		"deep": deep(n), "json": "[" + strings.TrimSuffix(fill(`{"host":"web","port":80},`), ",") + "]",
	}
}

// deep stands ever further to the right.
func deep(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(strings.Repeat(" ", i%500) + "a:\n")
	}
	return b.String()
}

// TestLongTexts: a text of a megabyte takes the time of its length, in whatever it is rich. What it
// may take is counted in steps of the reader, not measured.
func TestLongTexts(t *testing.T) {
	texts := shapesOfText(1 << 17)
	texts["megabyte"] = shapesOfText(1 << 20)["keys"]
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			data := &corev1.ConfigMap{Data: map[string]string{"file": text}}
			data.Namespace, data.Name = "shop", "settings"
			inv := inventoryOf(t, servers(), mounted(""))
			if err := inv.Add(data, corev1.SchemeGroupVersion.WithKind("ConfigMap"), workload.Source{}); err != nil {
				t.Fatal(err)
			}
			if edges := edgesOf(Read(inv), "client"); len(edges) > maxMentions*2 {
				t.Errorf("%d edges", len(edges))
			}
			findIn(commandValues([]string{text, "-c", text + " x"}))
			findIn([]named{newNamed("A_HOST", text)})
			none := func(string) (string, bool) { return "", false }
			if expand(text, none) != strings.ReplaceAll(text, "$$", "$") {
				t.Error("it is another text")
			}
		})
	}
}

// TestHostileNames: what others write is read without harm, and no value is told.
func TestHostileNames(t *testing.T) {
	for _, h := range testkit.HostileStrings() {
		t.Run(h.Name, func(t *testing.T) {
			inv := inventoryOf(t, servers(), deployment("client", ""))
			pod := &corev1.Pod{}
			pod.Namespace, pod.Name = "shop", h.Value
			pod.Spec.HostAliases = []corev1.HostAlias{{IP: h.Value, Hostnames: []string{h.Value}}}
			pod.Spec.Containers = []corev1.Container{{
				Name: h.Value, Command: []string{h.Value, "http://" + h.Value, h.Value + ":80"}, Args: []string{"--host", h.Value, "--host=" + h.Value},
				Env: []corev1.EnvVar{
					{Name: h.Value, Value: h.Value}, {Name: "A_HOST", Value: h.Value}, {Name: "B", Value: "$(" + h.Value + ")"}, {Name: "C_HOST", Value: "cart." + h.Value},
					{Name: "D", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{Key: h.Value}}},
				},
				EnvFrom: []corev1.EnvFromSource{{Prefix: h.Value, ConfigMapRef: &corev1.ConfigMapEnvSource{}}},
			}}
			service := &corev1.Service{}
			service.Namespace, service.Name = "shop", h.Value
			service.Spec.Selector, service.Spec.Ports = map[string]string{h.Value: h.Value}, []corev1.ServicePort{{Port: -5}, {Port: 80, Protocol: corev1.Protocol(h.Value)}}
			for _, o := range []struct {
				object interface{ GetName() string }
			}{{pod}, {service}} {
				if o.object.GetName() == "" {
					return
				}
			}
			if err := inv.Add(pod, corev1.SchemeGroupVersion.WithKind("Pod"), workload.Source{}); err != nil {
				t.Fatal(err)
			}
			if err := inv.Add(service, corev1.SchemeGroupVersion.WithKind("Service"), workload.Source{}); err != nil {
				t.Fatal(err)
			}
			for _, e := range Read(inv).Edges {
				if e.Server.Kind == api.EndName && !isHost(e.Server.Name) {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// TestNoSecrets: nothing that looks like a credential is told, wherever it stands.
func TestNoSecrets(t *testing.T) {
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "shop"
	objects, _, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(testkit.PlantedManifest() + "\n---\n" + servers())})
	if err != nil {
		t.Fatal(err)
	}
	inv.AddAll(objects)
	testkit.CheckNoSecrets(t, fmt.Sprintf("%+v", Read(inv)))
	for _, s := range testkit.PlantedSecrets() {
		r := Read(inventoryOf(t, servers(), deployment("client", fmt.Sprintf("env: [{name: A_HOST, value: %q}, {name: DB_PASSWORD, value: %q}, {name: U, value: %q}], args: [%q, --password, %q]",
			"http://u:"+s.Value+"@cart:7070", "http://"+s.Value, "http://u:"+s.Value+"@cart:7070", "--token="+s.Value, s.Value))))
		testkit.CheckNoSecrets(t, fmt.Sprintf("%+v", r))
	}
}

// FuzzText wants no panic, the same of the same text, hosts that are some, and no more than the
// bound.
func FuzzText(f *testing.F) {
	for name, text := range shapesOfText(64) {
		f.Add(name, text)
	}
	for _, seed := range []string{"postgres://u:p@pg:5432/x", "u:p@tcp(mysql:3306)/x", "host=pg port=5432", "a:1,b:2", "jdbc:oracle:thin:@//h:1/s", `{"a":[{"host":"b","port":1}]}`, "[x]\nhost=a\nport=1", "- - a: b", "nc -z a 1", "[::1]:80", "$(A)$$(B)${C:-d}"} {
		f.Add("A_HOST", seed)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		known := func(string) (string, bool) { return text, true }
		for _, values := range []func() []named{
			func() []named { return []named{newNamed(name, text), newNamed("A_PORT", "80")} },
			func() []named { return fileValues(text) },
			func() []named { return commandValues([]string{"--" + name, text, name}) },
			func() []named { return []named{newNamed(name, shellExpand(expand(text, known), known))} },
		} {
			found := findIn(values())
			if diff := cmp.Diff(found, findIn(values()), cmp.AllowUnexported(finding{}, foundAt{}, mention{})); diff != "" {
				t.Error(diff)
			}
			if n := len(slices.DeleteFunc(slices.Clone(found.all), func(at foundAt) bool { return at.maybe || at.peers })); n > maxMentions {
				t.Errorf("%d addresses", n)
			}
			for _, m := range found.all {
				if _, isAddress := addressOf(m.host); !isAddress && !isHost(m.host) && !m.open || m.port < 0 || m.port > maxPort || m.host != strings.ToLower(m.host) {
					t.Errorf("%q: %+v", text, m)
				}
			}
		}
	})
}
