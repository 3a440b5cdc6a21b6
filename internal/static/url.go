package static

import "strings"

// cutURL finds the first URL of a word: what stands before its authority, the authority, and what
// stands behind it.
func cutURL(word string) (scheme, authority, rest string, ok bool) {
	at := strings.Index(word, "://")
	if at < 0 {
		return "", "", "", false
	}
	start := at
	for start > 0 && (isLetter(word[start-1]) || word[start-1] >= '0' && word[start-1] <= '9' || strings.IndexByte("+.-", word[start-1]) >= 0) {
		start--
	}
	scheme, rest = strings.ToLower(word[start:at]), word[at+len("://"):]
	end := strings.IndexAny(rest, "/?#;")
	if end < 0 {
		end = len(rest)
	}
	authority, rest = rest[:end], rest[end:]
	if authority == "" && carriesTarget(scheme) {
		authority, rest = strings.TrimPrefix(rest, "/"), ""
	}
	return scheme, authority, rest, true
}

// carriesTarget tells the schemes of gRPC that have the address behind an empty authority:
// dns:///host:port (grpc/doc/naming.md).
func carriesTarget(scheme string) bool {
	return scheme == "dns" || scheme == "passthrough" || scheme == "kubernetes" || scheme == "headless" || scheme == "xds"
}

// urlMentions are the addresses of the authority of a URL: a list, as of MongoDB and Kafka, has
// several.
func urlMentions(scheme, authority string) []mention {
	name := scheme[strings.LastIndexByte(scheme, ':')+1:]
	if name == "" || noNetwork(name) {
		return nil
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	usual, protocol := usualPort(name)
	var out []mention
	for element := range strings.SplitSeq(authority, ",") {
		if instance := strings.IndexByte(element, '\\'); instance >= 0 { // of SQL Server
			_, port, _ := strings.Cut(element[instance:], ":")
			element = element[:instance]
			if port != "" {
				element += ":" + port
			}
		}
		element = strings.TrimRight(element, ".)]}>")
		if strings.HasPrefix(element, "[") && !strings.Contains(element, "]") {
			element += "]"
		}
		host, port, ok := hostPort(element)
		open := !ok && (isOpen(element) || element == "$")
		if !ok && !open {
			continue
		}
		m := mention{host: host, port: port, usual: usual, protocol: protocol, sure: true, open: open}
		if open {
			m.host, m.port = "", openPort(element)
			if strings.HasSuffix(element, "$") { // the rest is no part of the word
				m.usual = 0
			}
		}
		if strings.HasSuffix(name, "+srv") {
			m.port, m.usual, m.srv = 0, 0, true
		}
		out = append(out, m)
	}
	return out
}

// isOpen tells a host that holds a variable of a shell, but for those that nginx has of the request
// before it.
func isOpen(address string) bool {
	_, behind, found := strings.Cut(address, "$")
	behind = strings.TrimPrefix(behind, "{")
	if !found || behind == "" || !isLetter(behind[0]) && behind[0] != '_' && (behind[0] < '0' || behind[0] > '9') {
		return false
	}
	if end := strings.IndexAny(behind, "}$:/."); end >= 0 {
		behind = behind[:end]
	}
	switch behind {
	case "host", "http_host", "server_name", "server_addr", "hostname", "proxy_host":
		return false
	}
	return true
}

// openPort is the port behind a host that is not known, 0 for none.
func openPort(address string) int32 {
	return portOf(address[strings.LastIndexByte(address, ':')+1:])
}

// noNetwork tells schemes of what is no address of the network, or names something by another
// way than by its address, as a bucket.
func noNetwork(scheme string) bool {
	switch scheme {
	case "file", "unix", "unix-abstract", "data", "jar", "classpath", "s3", "s3a", "s3n", "gs", "gcs", "wasb", "wasbs", "abfs", "abfss", "azblob",
		"mem", "memory", "sqlite", "sqlite3", "h2", "npipe", "fd", "containerd", "docker", "docker-image", "docker-archive", "cri-o",
		"oci", "vault", "secret", "sm", "awskms", "gcpkms", "azurekms", "hashivault", "k8s", "chrome-extension", "android-app", "app", "arn", "spiffe", "urn":
		return true
	}
	return false
}

// usualPort is the port that a scheme stands for, 0 for none that is known, and the protocol where
// it is not left to the other end.
func usualPort(scheme string) (port int32, protocol string) {
	switch scheme {
	case "udp", "udp4", "udp6", "statsd", "dogstatsd", "syslog+udp", "gelf+udp", "coap":
		return 0, "UDP"
	case "tcp", "tcp4", "tcp6", "tls", "ssl":
		return 0, "TCP"
	case "ntp":
		return 123, "UDP"
	}
	return knownPort(strings.TrimSuffix(scheme, "+srv")), ""
}

// knownPort is the port of a scheme that IANA or its clients give it.
func knownPort(scheme string) int32 {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss", "git+https":
		return 443
	case "ftp":
		return 21
	case "ftps":
		return 990
	case "ssh", "sftp", "git+ssh":
		return 22
	case "git":
		return 9418
	case "amqp", "pyamqp":
		return 5672
	case "amqps":
		return 5671
	case "nats":
		return 4222
	case "mqtt":
		return 1883
	case "mqtts":
		return 8883
	case "pulsar":
		return 6650
	case "pulsar+ssl":
		return 6651
	case "ldap":
		return 389
	case "ldaps":
		return 636
	case "smtp":
		return 25
	case "smtps":
		return 465
	case "submission":
		return 587
	case "imap":
		return 143
	case "imaps":
		return 993
	case "pop3":
		return 110
	case "pop3s":
		return 995
	case "rtsp":
		return 554
	case "rtmp":
		return 1935
	}
	return storePort(scheme)
}

// storePort is the one of a database or another store.
func storePort(scheme string) int32 {
	switch scheme {
	case "postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg", "postgresql+asyncpg":
		return 5432
	case "cockroachdb":
		return 26257
	case "mysql", "mysql2", "mysql+pymysql", "mysql+mysqldb", "mariadb":
		return 3306
	case "redis", "rediss", "valkey":
		return 6379
	case "redis+sentinel":
		return 26379
	case "memcached", "memcache":
		return 11211
	case "mongodb":
		return 27017
	case "sqlserver", "mssql", "mssql+pyodbc":
		return 1433
	case "oracle":
		return 1521
	case "clickhouse":
		return 9000
	case "cassandra":
		return 9042
	case "neo4j", "bolt":
		return 7687
	case "etcd":
		return 2379
	case "zookeeper":
		return 2181
	case "hdfs":
		return 8020
	case "thrift":
		return 9083
	}
	return 0
}
