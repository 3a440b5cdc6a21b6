package check

import "slices"

// openServices are the programs of dangerous-service, by name. Each entry says what its
// upstream documents as the default; a program that asks for a login by default stands here
// only with what turns that off.
func openServices() []openService {
	out := slices.Concat(openStores(), openConsoles())
	slices.SortFunc(out, compareOpen)
	return out
}

// openStores keep data.
func openStores() []openService {
	const data = "whoever connects reads and writes its data"
	return []openService{
		// https://redis.io/docs/latest/operate/oss_and_stack/management/security/: MODULE LOAD and replicas run code.
		{name: "Redis", images: []string{"redis", "valkey", "redis-stack-server", "keydb", "dragonfly"}, ports: []int32{6379}, byPort: true,
			secured: []string{"REDIS_PASSWORD", "REDIS_PASSWORD_FILE", "VALKEY_PASSWORD", "requirepass", "aclfile"}, gives: data + ", and runs code through modules"},
		// https://www.mongodb.com/docs/manual/core/authorization/: off by default.
		{name: "MongoDB", images: []string{"mongo", "mongodb", "mongodb-community-server"}, ports: []int32{27017}, byPort: true,
			secured: []string{"MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_USERNAME_FILE", "MONGODB_ROOT_PASSWORD", "--auth", "--keyFile"}, gives: data},
		// https://www.elastic.co/docs/deploy-manage/security: on by default since version 8.
		{name: "Elasticsearch", images: []string{"elasticsearch", "elasticsearch-oss"}, ports: []int32{9200},
			opened: []string{"xpack.security.enabled=false", "ELASTICSEARCH_ENABLE_SECURITY=false"}, gives: data},
		{name: "OpenSearch", images: []string{"opensearch"}, ports: []int32{9200},
			opened: []string{"DISABLE_SECURITY_PLUGIN=true", "plugins.security.disabled=true"}, gives: data},
		// https://etcd.io/docs/latest/op-guide/security/
		{name: "etcd", images: []string{"etcd"}, ports: []int32{2379}, byPort: true,
			secured: []string{"client-cert-auth", "ETCD_CLIENT_CERT_AUTH=true", "ETCD_ROOT_PASSWORD"}, gives: data + "; that of a cluster holds its Secrets"},
		// https://docs.memcached.org/features/tls/ and https://docs.memcached.org/features/restmode/: SASL is an option.
		{name: "memcached", images: []string{"memcached"}, ports: []int32{11211}, byPort: true,
			secured: []string{"-S", "--enable-sasl", "--auth-file", "MEMCACHED_PASSWORD"}, gives: data},
		// https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html: AllowAllAuthenticator.
		{name: "Cassandra", images: []string{"cassandra", "scylla"}, ports: []int32{9042},
			secured: []string{"CASSANDRA_PASSWORD", "CASSANDRA_AUTHENTICATOR", "--authenticator"}, gives: data},
		// https://kafka.apache.org/documentation/#security: listeners are PLAINTEXT.
		{name: "Kafka", images: []string{"kafka", "cp-kafka", "kafka-native"}, ports: []int32{9092},
			secured: []string{"KAFKA_SASL_ENABLED_MECHANISMS", "KAFKA_CFG_SASL_ENABLED_MECHANISMS", "KAFKA_CLIENT_PASSWORDS", "KAFKA_SSL_CLIENT_AUTH=required"}, gives: data},
		// https://zookeeper.apache.org/doc/current/zookeeperAdmin.html: ACLs are open.
		{name: "ZooKeeper", images: []string{"zookeeper", "cp-zookeeper"}, ports: []int32{2181},
			secured: []string{"ZOO_ENABLE_AUTH", "ZOOKEEPER_SASL_ENABLED"}, gives: data},
		// https://docs.nats.io/running-a-nats-service/configuration/securing_nats
		{name: "NATS", images: []string{"nats"}, ports: []int32{4222, 8222},
			secured: []string{"--user", "--auth", "--tlsverify", "NATS_USERNAME"}, gives: "whoever connects publishes and reads every subject"},
		// https://developer.hashicorp.com/consul/docs/secure/acl: ACLs are off, the policy is allow.
		{name: "Consul", images: []string{"consul"}, ports: []int32{8500}, secured: []string{"CONSUL_HTTP_TOKEN", "default_policy"}, gives: data},
		// https://solr.apache.org/guide/solr/latest/deployment-guide/securing-solr.html
		{name: "Solr", images: []string{"solr"}, ports: []int32{8983}, secured: []string{"SOLR_AUTH_TYPE", "SOLR_ENABLE_AUTHENTICATION"}, gives: data},
	}
}

// openConsoles control something.
func openConsoles() []openService {
	const code = "whoever connects runs code"
	return []openService{
		// https://docs.docker.com/engine/security/protect-access/: TLS is port 2376.
		{name: "Docker daemon", images: []string{"docker"}, ports: []int32{2375}, byPort: true, ownPorts: true, gives: code + " in privileged containers"},
		// https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
		{name: "kubelet", images: []string{"kubelet", "hyperkube"}, ports: []int32{10250, 10255}, opened: []string{"--anonymous-auth=true", "AlwaysAllow", "--read-only-port=10255"},
			gives: "whoever connects runs commands in every pod of the node"},
		{name: "Kubernetes dashboard", images: []string{"kubernetesui/dashboard", "kubernetesui/dashboard-api"}, ports: []int32{8443, 9090},
			opened: []string{"--enable-skip-login"}, gives: "whoever connects has the rights of its account"},
		{name: "Argo CD", images: []string{"argocd"}, ports: []int32{8080, 8083}, opened: []string{"--disable-auth", "ARGOCD_SERVER_DISABLE_AUTH=true"},
			gives: "whoever connects deploys what they like"},
		// https://argo-workflows.readthedocs.io/en/latest/argo-server-auth-mode/: server uses its own account for everybody.
		{name: "Argo Workflows", images: []string{"argocli", "argo-server"}, ports: []int32{2746}, opened: []string{"--auth-mode=server", "--auth-mode server"}, gives: code + " in workflows"},
		// It takes the user from a header that a proxy before it sets.
		{name: "Kubeflow dashboard", images: []string{"centraldashboard", "kubeflownotebookswg/centraldashboard"}, ports: []int32{8082}, gives: "whoever connects names the user that they are"},
		{name: "Weave Scope", images: []string{"weaveworks/scope"}, ports: []int32{4040}, gives: code + " in containers of the cluster"},
		// https://longhorn.io/docs/latest/deploy/accessing-the-ui/
		{name: "Longhorn UI", images: []string{"longhorn-ui"}, ports: []int32{8000}, gives: "whoever connects deletes volumes"},
		// https://prometheus.io/docs/operating/security/
		{name: "Prometheus", images: []string{"prometheus"}, ports: []int32{9090}, secured: []string{"--web.config.file"}, gives: "whoever connects reads every metric and the targets"},
		{name: "Alertmanager", images: []string{"alertmanager"}, ports: []int32{9093}, secured: []string{"--web.config.file"}, gives: "whoever connects silences alerts"},
		{name: "Grafana", images: []string{"grafana", "grafana-oss", "grafana-enterprise"}, ports: []int32{3000}, opened: []string{"GF_AUTH_ANONYMOUS_ENABLED=true"},
			gives: "whoever connects queries its data sources"},
		// https://jupyter-server.readthedocs.io/en/latest/operators/security.html: a token by default.
		{name: "Jupyter", images: []string{"base-notebook", "minimal-notebook", "scipy-notebook", "datascience-notebook", "tensorflow-notebook", "pytorch-notebook", "jupyterlab"}, ports: []int32{8888},
			opened: []string{"App.token= ", "App.token=''", `App.token=""`, "Provider.token=''", `Provider.token=""`}, gives: code},
		// CVE-2023-48022: by design.
		{name: "Ray dashboard", images: []string{"ray", "ray-ml"}, ports: []int32{8265}, gives: code},
		// https://nightlies.apache.org/flink/flink-docs-stable/docs/deployment/security/security-ssl/
		{name: "Flink", images: []string{"flink"}, ports: []int32{8081}, ownPorts: true, secured: []string{"security.ssl.rest.authentication-enabled: true"}, gives: code + " as jobs"},
		// https://spark.apache.org/docs/latest/security.html: off by default.
		{name: "Spark", images: []string{"spark"}, ports: []int32{6066, 7077, 8080}, ownPorts: true, secured: []string{"spark.authenticate", "SPARK_RPC_AUTHENTICATION_ENABLED"}, gives: code + " as jobs"},
		{name: "Selenium", images: []string{"selenium/hub", "selenium/standalone-chrome", "selenium/standalone-firefox"}, ports: []int32{4444}, secured: []string{"SE_ROUTER_USERNAME"}, gives: code + " in its browsers"},
		// https://doc.traefik.io/traefik/reference/install-configuration/api-dashboard/
		{name: "Traefik API", images: []string{"traefik"}, ports: []int32{8080}, ownPorts: true, opened: []string{"--api.insecure"}, gives: "whoever connects reads every route"},
	}
}
