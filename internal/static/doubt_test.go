package static

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func doubtsOf(r Reading) (calls, others []string) {
	for _, u := range r.Unread {
		if u.Workload.Name != "client" {
			continue
		}
		if u.Calls {
			calls = append(calls, u.What)
		} else {
			others = append(others, u.What)
		}
	}
	return calls, others
}

// TestDoubts: a value that is the name of a Service and became no edge leaves open whom the workload
// calls, unless its name says that it is never called.
func TestDoubts(t *testing.T) {
	for fields, want := range map[string][]string{
		quoted("MODE=cart"):                                    {"env MODE of container app may name Service cart"},
		quoted("BACKEND=redis"):                                {"env BACKEND of container app may name Service redis"},
		quoted("MAIL_RELAY=mq|PAY=db.data"):                    {"env MAIL_RELAY of container app may name Service mq", "env PAY of container app may name Service db"},
		quoted("UPSTREAM_HOST_INV=web"):                        {"env UPSTREAM_HOST_INV of container app may name Service web"},
		quoted("TARGETS=cart web"):                             {"env TARGETS of container app may name Service cart", "env TARGETS of container app may name Service web"},
		`args: [--store, redis]`:                               {"args of container app may name Service redis"},
		`args: [serve, --store=redis]`:                         {"args of container app may name Service redis"},
		`command: [sh, -c, "load cart"]`:                       {"command of container app may name Service cart"},
		`command: [sh, -c, "for h in cart; do curl $h; done"]`: {"command of container app calls a host by a variable", "command of container app may name Service cart"},
		quoted("CART_URL=http://cart:81"):                      {"env CART_URL of container app may call another port of Service cart"},
		quoted("MODE=cart|CART_ADDR=cart:7070"):                nil,
		quoted("ALLOWED_HOSTS=cart|CORS=cart"):                 nil,
		quoted("MESSAGE=the cart is here|X=cart and"):          nil,
		quoted("DB_NAME=pg|DD_SERVICE=cart|LISTEN=web"):        nil,
		quoted("NAME=client|MODE=fast|HOSTNAME=localhost"):     nil,
		`command: [web, start]`:                                nil,
		`command: [sh, -c, "exec cart --fast"]`:                nil,
		`command: [sh, -c, "nslookup cart"]`:                   nil,
	} {
		got, _ := doubtsOf(Read(inventoryOf(t, servers(), service("shop", "client", "80"), deployment("client", fields))))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", fields, diff)
		}
	}
}

// TestDoubtsOfFiles are those of the values of a ConfigMap.
func TestDoubtsOfFiles(t *testing.T) {
	for text, want := range map[string][]string{
		"relay: mq\nmode: fast\n": {"ConfigMap settings key file of container app may name Service mq"},
		`{"relay": "mq"}`:         {"ConfigMap settings key file of container app may name Service mq"},
		"the cart talks to web\n": nil,
	} {
		got, _ := doubtsOf(Read(inventoryOf(t, servers(), configMap("file", text), strings.Replace(mounted(""), "name: WEB, value: web", "name: A, value: b", 1))))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestUnknown: what clearly is an address and cannot be followed is an edge with its reason.
func TestUnknown(t *testing.T) {
	unread := func(namespace, port string) []string {
		return want("unknown (namespace " + namespace + " was not read) TCP " + port)
	}
	none := func(name, port string) []string {
		return want("unknown (there is no Service shop/" + name + ") TCP " + port)
	}
	variable := func(port string) []string {
		return want("unknown (its host is a variable whose value is not known) TCP " + port)
	}
	checkForms(t, map[string]form{
		"namespace with a dash":   {env: "DATABASE_HOST=db.data-prod", want: unread("data-prod", "any")},
		"namespace with a digit":  {env: "U=http://orders.team2:8080", want: unread("team2", "8080")},
		"namespace of one letter": {env: "U=auth.b:8080", want: unread("b", "8080")},
		"namespace of letters":    {env: "U=http://auth.prod", want: unread("prod", "80")},
		"pod of a namespace":      {env: "U=redis-0.redis.data-prod:6379", want: unread("data-prod", "6379")},
		"name outside":            {env: "U=http://example.com|V=https://a.example.io", want: want("name a.example.io TCP 443", "name example.com TCP 80")},
		"no such Service":         {env: "U=http://payments:8080", want: none("payments", "8080")},
		"no such Service, store":  {env: "U=postgres://u:p@store:5432/x", want: none("store", "5432")},
		"a word of settings":      {env: "SMTP_HOST=none|PROXY_URL=disabled"},
		"for browsers":            {env: "PUBLIC_URL=http://nobody"},
		"variable of a shell":     {fields: `command: [sh, -c, "S=cart; curl http://$S:8080"]`, want: variable("8080")},
		"loop":                    {fields: `command: [sh, -c, "for h in a b; do curl http://$h:8080; done"]`, want: variable("8080")},
		"variable, no scheme":     {fields: `command: [sh, -c, "nc -z $DB 5432"]`, want: variable("5432")},
		"variable of a list":      {env: "T=redis-${N}.redis:6379", want: variable("6379")},
		"variable, flag":          {fields: `args: [--host, "${DB}", --port, "5432"]`, want: variable("5432")},
		"own address":             {fields: `env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}], args: ["--address=$(IP):8080", "--x=http://$(IP):80"]`},
		"user by a variable":      {fields: `args: ["--dsn=postgres://$(USER):$(PASS)@pg:5432/x", "--pattern=^http://x.example.com$"]`, want: want("pg TCP 5432")},
		"command of a shell":      {fields: `command: [sh, -c, "curl http://$(hostname -f):80"]`, want: variable("any")},
		"curl of a variable":      {fields: `command: [sh, -c, "curl -s $URL/health"]`, want: variable("80")},
		"curl with a header":      {fields: `command: [sh, -c, "curl -H 'Authorization: Bearer $TOKEN' http://pg:5432 >out.txt"]`, want: want("pg TCP 5432")},
		"curl to a file":          {fields: `command: [sh, -c, "curl web >out.txt"]`, want: want("web TCP 8080")},
		"curl in a sentence":      {env: "X=use curl to call it"},
		"curl of no Service":      {fields: `command: [sh, -c, "timeout 5 bash -c 'curl -s payments/x'"]`, want: none("payments", "80")},
		"dialled by variables":    {fields: `command: [sh, -c, "nc -z $A $B"]`, want: variable("any")},
		"its own name":            {fields: `env: [{name: MY_HOST, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}, {name: U, value: "https://$(MY_HOST):10250"}]`, want: want("node TCP 10250")},
		"service of a namespace":  {env: "CART_SERVICE=cart.data-prod", want: unread("data-prod", "any")},
		"SRV of a headless one":   {env: "M=mongodb+srv://redis.shop.svc.cluster.local/x", want: want("redis TCP 6379", "redis TCP 16379")},
	})
}

// TestWidely: hosts by more words than the last, and of tools without a scheme.
func TestWidely(t *testing.T) {
	cart, web, pg, redis := want("cart TCP 8080"), want("web TCP 8080"), want("pg TCP 5432"), want("redis TCP 6379")
	both := want("pg TCP 5432", "redis TCP 6379")
	checkForms(t, map[string]form{
		"role":                 {env: "DB_HOST_RO=pg", want: pg},
		"role and port":        {env: "WEB_HOST_PRIMARY=web|WEB_PORT=80", want: web},
		"role with its port":   {env: "WEB_HOST_PRIMARY=web|WEB_PORT_PRIMARY=80", want: web},
		"nodes":                {env: "ES_NODES=mongo-a", want: want("mongo-a TCP 27017")},
		"service":              {env: "CART_SERVICE=cart", want: cart},
		"svc":                  {env: "CART_SVC=cart", want: cart},
		"backend":              {env: "CART_BACKEND=cart", want: cart},
		"backend that is none": {env: "CACHE_BACKEND=memory|USERS_SERVICE=internal"},
		"curl":                 {fields: `command: [sh, -c, "curl -fsS web/healthz"]`, want: web},
		"curl of words":        {fields: `command: [curl, -s, --retry, "5", web]`, want: web},
		"curl with data":       {fields: `command: [sh, -c, "curl -X POST -d cart web/x"]`, want: web},
		"curl and a port":      {fields: `command: [sh, -c, "curl cart:7070/x"]`, want: cart},
		"curl in two lines":    {fields: `command: [sh, -c, "curl -s \\\n  web/x"]`, want: web},
		"wget":                 {fields: `command: [sh, -c, "sleep 1; wget -qO- web"]`, want: web},
		"HTTPie":               {fields: `command: [sh, -c, "x && http GET web/x"]`, want: web},
		"http, a word":         {fields: `command: [app, --proto, http, web]`},
		"waits for it":         {fields: `command: [wait-for-it, "pg:5432", --, app]`, want: pg},
		"flags of Go":          {fields: `args: [-host, pg, -port, "5432"]`, want: pg},
		"hostname of Go":       {fields: `args: [-hostname, pg, -port, "5432"]`, want: pg},
		"other flags of Go":    {fields: `args: [-health-port, "80", -home, /x, -http-addr, "cart:7070"]`, want: cart},
		"commands":             {fields: `command: [sh, -c, "until pg_isready -h pg -p 5432; do sleep 1; done; redis-cli -h redis -p 6379"]`, want: both},
		"commands by &&":       {fields: `command: [sh, -c, "pg_isready -h pg -p 5432 && redis-cli -h redis -p 6379 | cat"]`, want: both},
		"ADO with spaces":      {env: "C=Host=redis; Port=6379; User=u", want: redis},
		"flow mapping":         {env: "E={socket_address: {address: mq, port_value: 5672}}", want: want("mq TCP 5672")},
		"nodes of JSON":        {env: `E={"nodes":["mongo-a"],"port":27017}`, want: want("mongo-a TCP 27017")},
		"user's URL":           {fields: `command: [sh, -c, "exec app --u \"http://web:9000\" --user http://cart:7070"]`, want: want("cart TCP 8080", "web TCP 9000")},
	})
}

// TestUpstreams of nginx have port 80 where none is written, and names of their own.
func TestUpstreams(t *testing.T) {
	for text, want := range map[string][]string{
		"upstream b {\n  server web max_fails=3;\n}\nserver {\n listen 80;\n location / { proxy_pass http://b; }\n}\n": {"web TCP 8080"},
		"upstream cart { server web; }\nlocation / { proxy_pass http://cart; }\n":                                      {"web TCP 8080"},
		"return 301 https://$host$request_uri;\n":                                                                      nil,
		"endpoints:\n- endpoint: {address: {socket_address: {address: mq, port_value: 5672}}}\n":                       {"mq TCP 5672"},
	} {
		got := edgesOf(Read(inventoryOf(t, servers(), configMap("file", text), mounted(""))), "client")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestPeers: the names of a workload's own pods count wherever they stand.
func TestPeers(t *testing.T) {
	const env = `env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: KAFKA_ADVERTISED_LISTENERS, value: "INTERNAL://$(POD).redis.shop.svc.cluster.local:16379,X://cart:7070"}]`
	peers := strings.Replace(servers(), "ports: [{containerPort: 6379}, {containerPort: 16379}]", env, 1)
	if diff := cmp.Diff(want("redis TCP 16379"), edgesOf(Read(inventoryOf(t, peers)), "redis")); diff != "" {
		t.Error(diff)
	}
}

// TestServerUnread: where the endpoints of the API server are not known, its port is any.
func TestServerUnread(t *testing.T) {
	r := Read(inventoryOf(t, deployment("client", quoted("K=https://kubernetes.default.svc"))))
	if diff := cmp.Diff(want("apiserver TCP any"), edgesOf(r, "client")); diff != "" {
		t.Error(diff)
	}
}

// TestUnreadSecrets: Secrets and volumes that may say whom a program calls.
func TestUnreadSecrets(t *testing.T) {
	const volumes = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: client, namespace: shop}, spec: {selector: {matchLabels: {app: client}}, template: {metadata: {labels: {app: client}}, spec: {volumes: [
{name: store, csi: {driver: secrets-store.csi.k8s.io}}, {name: other, csi: {driver: x.example.com}}, {name: file, hostPath: {path: /srv/x.conf, type: File}}, {name: etc, hostPath: {path: /etc/x}}, {name: log, hostPath: {path: /var/log}}],
containers: [{name: app, image: x:1, envFrom: [{secretRef: {name: api-keys}}, {secretRef: {name: web-tls}}], env: [
{name: DATABASE, valueFrom: {secretKeyRef: {name: a, key: x}}}, {name: SHOP_DB, valueFrom: {secretKeyRef: {name: b, key: DATABASE_URL}}}, {name: ES_HOST_SSL, valueFrom: {secretKeyRef: {name: c, key: x}}}, {name: DB_USER, valueFrom: {secretKeyRef: {name: d, key: user}}}]}]}}}}`
	calls, others := doubtsOf(Read(inventoryOf(t, volumes)))
	if diff := cmp.Diff([]string{"Secret a", "Secret api-keys", "Secret b", "Secret c", "volume store of secrets-store.csi.k8s.io"}, calls); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Secret d", "Secret web-tls", "volume etc of a path of the node", "volume file of a path of the node"}, others); diff != "" {
		t.Error(diff)
	}
}

// TestWork: a text of twice the length takes no more than about twice the memory in all.
func TestWork(t *testing.T) {
	work := func(text string) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		findIn(fileValues(text))
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	const n = 1 << 15
	longer := shapesOfText(2 * n)
	for name, text := range shapesOfText(n) {
		if ratio := work(longer[name]) / (work(text) + n); ratio > 3 {
			t.Errorf("%s: %.1f times the work for twice the text", name, ratio)
		}
	}
}
