package static

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// form is an environment, or other fields of a container, and what it is configured to call.
type form struct {
	env string
	// fields are those of the container; with them env is ignored.
	fields string
	want   []string
}

func want(edges ...string) []string { return edges }

// quoted writes NAME=value pairs, one behind a |, as an environment.
func quoted(env string) string {
	var list []string
	for pair := range strings.SplitSeq(env, "|") {
		name, value, _ := strings.Cut(pair, "=")
		list = append(list, fmt.Sprintf("{name: %s, value: %q}", name, value))
	}
	return "env: [" + strings.Join(list, ", ") + "]"
}

func checkForms(t *testing.T, forms map[string]form) {
	t.Helper()
	for name, f := range forms {
		t.Run(name, func(t *testing.T) {
			fields := f.fields
			if fields == "" {
				fields = quoted(f.env)
			}
			r := Read(inventoryOf(t, servers(), deployment("client", fields)))
			if diff := cmp.Diff(f.want, edgesOf(r, "client")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNamesOfServices(t *testing.T) {
	cart, redis := want("cart TCP 8080"), want("redis TCP 6379")
	checkForms(t, map[string]form{
		"svc":                     {env: "CART_ADDR=cart:7070", want: cart},
		"svc of any variable":     {env: "CART=cart:7070", want: cart},
		"svc.ns":                  {env: "X=cart.shop:7070", want: cart},
		"svc.ns.svc":              {env: "X=cart.shop.svc:7070", want: cart},
		"full":                    {env: "X=cart.shop.svc.cluster.local:7070", want: cart},
		"full with a dot":         {env: "X=cart.shop.svc.cluster.local.:7070", want: cart},
		"full alone":              {env: "X=cart.shop.svc.cluster.local", want: cart},
		"of another namespace":    {env: "X=db.data:5432", want: want("db TCP 5432")},
		"upper case":              {env: "X=CART:7070", want: cart},
		"pod of a headless one":   {env: "X=redis-0.redis:6379", want: redis},
		"pod with a namespace":    {env: "X=redis-1.redis.shop:6379", want: redis},
		"pod, full":               {env: "X=redis-0.redis.shop.svc.cluster.local:6379", want: redis},
		"headless":                {env: "X=redis:6379", want: redis},
		"headless, no pod":        {env: "X=cart-0.redis.shop.svc:6379", want: want("unknown (no pod of Service shop/redis has the name cart-0) TCP 6379")},
		"alias of a name":         {env: "LEGACY=legacy:8443", want: want("unknown (it is called by another name, through ExternalName Service shop/legacy) TCP 8443")},
		"alias of a Service":      {env: "DB=database:5432", want: want("db TCP 5432")},
		"alias of itself":         {env: "X=http://loop:80", want: want("unknown (Service shop/loop leads to no name) TCP 80")},
		"no such Service":         {env: "X=nobody.shop.svc:80", want: want("unknown (there is no Service shop/nobody) TCP 80")},
		"no such Service, short":  {env: "X=http://nobody.shop", want: want("unknown (there is no Service shop/nobody) TCP 80")},
		"no such word":            {env: "NOBODY_ADDR=nobody:80", want: want("unknown (there is no Service shop/nobody) TCP 80")},
		"no such port":            {env: "CART_URL=http://cart:81", want: want("unknown (Service shop/cart has no port 81) TCP 81")},
		"API server":              {env: "X=https://kubernetes.default.svc", want: want("apiserver TCP 6443")},
		"API server, address":     {env: "X=https://10.96.0.1:443", want: want("apiserver TCP 6443")},
		"API server, endpoint":    {env: "X=https://192.0.2.10:6443", want: want("apiserver TCP 6443")},
		"API server, variables":   {fields: `args: ["--master=https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)"]`, want: want("apiserver TCP 6443")},
		"API server, of a shell":  {fields: `command: [sh, -c, "curl https://${KUBERNETES_SERVICE_HOST}/api"]`, want: want("apiserver TCP 6443")},
		"link of a Service":       {fields: `args: ["--cart=$(CART_SERVICE_HOST):$(CART_SERVICE_PORT)"]`, want: cart},
		"outside":                 {env: "X=https://api.payments.example/v1", want: want("name api.payments.example TCP 443")},
		"outside with a port":     {env: "SMTP=smtp.example.net:587", want: want("name smtp.example.net TCP 587")},
		"address outside":         {env: "X=203.0.113.7:25", want: want("203.0.113.7 TCP 25")},
		"address, IPv6":           {env: "X=[2001:db8::7]:25", want: want("2001:db8::7 TCP 25")},
		"protocol of the Service": {env: "STATSD=statsd:8125", want: want("statsd UDP 8125")},
		"protocol of an address":  {env: "STATSD=udp://203.0.113.7:99|DNS=203.0.113.7:53", want: want("203.0.113.7 TCP 53", "203.0.113.7 UDP 53", "203.0.113.7 UDP 99")},
		"own Service":             {fields: quoted("SELF=http://cart:7070"), want: cart},
	})
}

func TestForms(t *testing.T) {
	pg, mysql := want("pg TCP 5432"), want("mysql TCP 3306")
	both := want("kafka-0 TCP 9092", "kafka-1 TCP 9092")
	checkForms(t, map[string]form{
		"DSN":                 {env: "DATABASE_URL=postgres://u:p@pg:5432/x?sslmode=disable", want: pg},
		"DSN, no port":        {env: "DATABASE_URL=postgresql://u@pg/x", want: pg},
		"JDBC":                {env: "JDBC=jdbc:postgresql://pg:5432/x?user=a&password=b", want: pg},
		"JDBC, SQL Server":    {env: "JDBC=jdbc:sqlserver://mssql:1433;databaseName=x;encrypt=true", want: want("mssql TCP 1433")},
		"JDBC, instance":      {env: `JDBC=jdbc:sqlserver://mssql\\i:1433;databaseName=x`, want: want("mssql TCP 1433")},
		"JDBC, Oracle":        {env: "JDBC=jdbc:oracle:thin:@//ora:1521/s", want: want("ora TCP 1521")},
		"JDBC, Oracle SID":    {env: "JDBC=jdbc:oracle:thin:@ora:1521:SID", want: want("ora TCP 1521")},
		"Oracle TNS":          {env: "TNS=(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=ora)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=s)))", want: want("ora TCP 1521")},
		"AMQP":                {env: "MQ=amqp://guest:guest@mq/%2f", want: want("mq TCP 5672")},
		"MongoDB":             {env: "MONGO=mongodb://mongo-a,mongo-b:27018/x?replicaSet=rs", want: want("mongo-a TCP 27017", "mongo-b TCP 27018")},
		"MongoDB by SRV":      {env: "MONGO=mongodb+srv://u:p@cluster0.example.net/x", want: want("unknown (the hosts behind an SRV record have other names) TCP any")},
		"redis":               {env: "R=redis://redis/0", want: want("redis TCP 6379")},
		"Go's MySQL":          {env: "DSN=u:p@tcp(mysql:3306)/x?parseTime=true", want: mysql},
		"Go's, no port":       {env: "DSN=u:p@tcp(mysql)/x", want: mysql},
		"libpq":               {env: "DSN=host=pg port=5432 user=u dbname=x", want: pg},
		"libpq, no port":      {env: "DSN=user=u host=pg", want: pg},
		"libpq, quoted":       {env: "DSN=host='pg' port='5432'", want: pg},
		"ADO":                 {env: "C=Server=tcp:mssql,1433;Database=x;User Id=sa;Password=p", want: want("mssql TCP 1433")},
		"ADO, source":         {env: "C=Data Source=mssql;Initial Catalog=x", want: want("mssql TCP 1433")},
		"ADO, pairs":          {env: "C=Host=pg;Port=5432;Username=u", want: pg},
		"list":                {env: "KAFKA_BROKERS=kafka-0:9092,kafka-1:9092", want: both},
		"list with spaces":    {env: "B=kafka-0:9092, kafka-1:9092", want: both},
		"list of URLs":        {env: "B=http://kafka-0:9092,http://kafka-1:9092", want: both},
		"list of listeners":   {env: "B=PLAINTEXT://kafka-0:9092,PLAINTEXT://kafka-1:9092", want: both},
		"list of hosts":       {env: "KAFKA_HOSTS=kafka-0,kafka-1", want: both},
		"initial cluster":     {env: "C=a=http://kafka-0:9092,b=http://kafka-1:9092", want: both},
		"gRPC":                {env: "X=dns:///cart:7070", want: want("cart TCP 8080")},
		"default port":        {env: "X=http://web/health", want: want("web TCP 8080")},
		"secure":              {env: "S3_ENDPOINT=https://s3.eu-central-1.example.com", want: want("name s3.eu-central-1.example.com TCP 443")},
		"two variables":       {env: "PGHOST=pg|PGPORT=5432", want: pg},
		"host and port":       {env: "DB_HOST=pg|DB_PORT=5432", want: pg},
		"hostname and port":   {env: "DB_HOSTNAME=pg|DB_PORT=5432", want: pg},
		"addr and port":       {env: "WEB_ADDR=web|WEB_PORT=9000", want: want("web TCP 9000")},
		"service host":        {env: "WEB_SERVICE_HOST=web|WEB_SERVICE_PORT=9000", want: want("web TCP 9000")},
		"camel case":          {env: "webHost=web|webPort=9000", want: want("web TCP 9000")},
		"URL and port":        {env: "WEB_HOST=http://web|WEB_PORT=9000", want: want("web TCP 8080", "web TCP 9000")},
		"URL, not its port":   {env: "CART_URL=http://cart|CART_PORT=7070", want: want("cart TCP 8080")},
		"URL in a URL":        {env: "M=k8s://https://kubernetes.default.svc:443", want: want("apiserver TCP 6443")},
		"voters":              {env: "V=0@kafka-0:9092,1@kafka-1:9092", want: both},
		"chroot":              {env: "ZK=kafka-0:9092,kafka-1:9092/kafka", want: both},
		"JSON list":           {env: `ES=["http://kafka-0:9092","kafka-1:9092"]`, want: both},
		"password in it":      {env: "R=redis://:s3cr3t@redis:6379/0|MQ=amqp://u:p@mq:5672,amqp://u:p@mq:5672", want: want("mq TCP 5672", "redis TCP 6379")},
		"name of a token":     {env: "TOKEN_ADDR=cart:7070", want: want("cart TCP 8080")},
		"glued flag":          {fields: `command: [mysql, -hmysql, -uroot]`, want: mysql},
		"variable of env":     {fields: `command: [env, CART=cart:7070, app]`, want: want("cart TCP 8080")},
		"only a port":         {env: "WEB=web|WEB_PORT=9000", want: want("web TCP 9000")},
		"host alone":          {env: "WEB_HOST=web", want: want("web TCP 8080", "web TCP 9000")},
		"outside in two":      {env: "SMTP_HOST=smtp.example.net|SMTP_PORT=587", want: want("name smtp.example.net TCP 587")},
		"outside, no port":    {env: "SMTP_HOST=smtp.example.net", want: want("name smtp.example.net TCP any")},
		"address in two":      {env: "SMTP_HOST=203.0.113.25|SMTP_PORT=587", want: want("203.0.113.25 TCP 587")},
		"JSON":                {env: `CONFIG={"db":{"host":"pg","port":5432},"web":{"url":"http://web"}}`, want: want("pg TCP 5432", "web TCP 8080")},
		"options of Java":     {env: "JAVA_OPTS=-Xmx1g -Dspring.web.host=web -Dspring.web.port=9000", want: want("web TCP 9000")},
		"flag":                {fields: `args: ["--redis-addr=redis:6379"]`, want: want("redis TCP 6379")},
		"flag and value":      {fields: `args: [--web-host, web, --web-port, "9000"]`, want: want("web TCP 9000")},
		"host and port flags": {fields: `args: [--host, pg, --port, "5432"]`, want: pg},
		"short flags":         {fields: `command: [psql, -h, pg, -p, "5432", -U, u]`, want: pg},
		"flag over both":      {fields: `command: [app, --upstream]` + "\n" + `, args: ["http://web"]`, want: want("web TCP 8080")},
		"flag with a DSN":     {fields: `args: [--dsn, "host=pg port=5432"]`, want: pg},
		"shell":               {fields: `command: [sh, -c, "until nc -z pg 5432; do sleep 1; done; exec app --cart=http://cart:7070"]`, want: want("cart TCP 8080", "pg TCP 5432")},
		"waits":               {fields: `command: [sh, -c, "nc -w 2 pg 5432 && timeout 5 bash -c '</dev/tcp/web/80'"]`, want: want("pg TCP 5432", "web TCP 8080")},
		"shell's variables":   {fields: quoted("W=web") + `, command: [sh, -c, "curl http://$W:9000/ http://${P:-pg}:5432/"]`, want: want("pg TCP 5432", "web TCP 9000")},
		"expansion":           {env: "H=cart|P=7070|URL=http://$(H):$(P)/x", want: want("cart TCP 8080")},
		"escaped":             {env: "H=cart|URL=http://$$(H):7070/x", want: want("unknown (its host is a variable whose value is not known) TCP 7070")},
		"later variable":      {env: "URL=http://$(H):7070/x|H=cart", want: want("unknown (its host is a variable whose value is not known) TCP 7070")},
		"namespace":           {fields: `env: [{name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}, {name: U, value: "http://cart.$(NS).svc:7070"}]`, want: want("cart TCP 8080")},
		"own node":            {fields: `env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}, {name: U, value: "http://$(IP):8126"}]`, want: want("node TCP 8126")},
		"probe":               {fields: `readinessProbe: {exec: {command: [pg_isready, -h, pg]}}`, want: pg},
		"hook":                {fields: `lifecycle: {postStart: {exec: {command: [sh, -c, "wget -qO- web/ready http://web:9000"]}}}`, want: want("web TCP 8080", "web TCP 9000")},
	})
}

// TestNoAddresses: what looks like an address, and is none.
func TestNoAddresses(t *testing.T) {
	var forms = map[string]form{}
	for i, env := range []string{
		"VERSION=1.2.3:4", "VERSION=v1.2.3", "TIME=12:30", "TIME=12:30:45", "IMAGE=registry/x:tag", "IMAGE=registry.example:5000/a/x:1.2", "I=registry.example/x:1234", "REF=registry.example:5000/a@sha256:00",
		`P=C:\cart\7070`, "P=/etc/cart:ro", "MAC=00:1a:2b:3c:4d:5e", "MAC=00:11:22:33:44:55:66:77", "ID=1000:1000", "MODE=cart", "CART_MODE=cart", "DD_SERVICE=cart", "BACKEND=redis", "NAME=web",
		"OTEL_SERVICE_NAME=cart", "LISTEN_ADDR=0.0.0.0:8080", "LISTEN_ADDR=cart:7070", "BIND=web:80", "ADDR=:8080", "ADDR=127.0.0.1:80", "ADDR=[::1]:80", "ADDR=localhost:6379", "URL=http://localhost:9000",
		"JSON={\"a\":{\"cart\":7070}}", `J={"time":"12:30","ref":"a:1"}`, "T={{ .Values.host }}:6379",
		"CERT=-----BEGIN CERTIFICATE----- MIIB:80 -----END CERTIFICATE-----", "MAIL=cart@example.com", "FROM=Shop <shop@example.com>", "DOMAIN=example.com", "COOKIE_DOMAIN=shop.example.com", "F=main.go:42",
		"CORS_ALLOWED_ORIGINS=https://shop.example,http://web", "ALLOWED_HOSTS=cart,web", "NO_PROXY=localhost,.svc,kubernetes.default.svc,10.96.0.0/12", "no_proxy=cart", "NEXT_PUBLIC_URL=https://shop.example",
		"S=s3://bucket/key", "S=file:///etc/cart:80", "S=unix:///run/cart.sock", "S=sqlite:///x.db", "CIDR=10.0.0.0/8", "ADDR=10.0.0.0/8", "RANGE=8000:9000", "PORTS=80:8080", "CART=cart:70700", "CART=cart:0",
		"CART=cart:81", "X=cart", "X=cart web redis", "MESSAGE=the cart is here", "HOST_TEXT=ask the cart", "PG_HOST=the pg host", "SCHEMA=http://www.w3.org/2001/XMLSchema", "FORMAT=%h:%p", "X=a:b:c", "X=::",
		"ISSUE=cart#7070", "X=cart:", "X=:7070", "X=http://", "X=://cart:7070", "X=http:///cart", "HOSTNAME=shop.example", "SELF=client:80", "EMAIL=ops@cart:7070x", "X=224.0.0.1:80",
	} {
		forms[fmt.Sprintf("%d %s", i, env)] = form{env: env}
	}
	forms["nslookup"] = form{fields: `command: [sh, -c, "until nslookup cart.shop.svc.cluster.local; do sleep 2; done"]`}
	forms["comment"] = form{fields: `command: [sh, -c, "# http://cart:7070\nsleep 1"]`}
	forms["image of a flag"] = form{fields: `args: ["--image=registry.example:5000/x", "--web.listen-address=web:80", "--addr", ":8080"]`}
	checkForms(t, forms)
}
