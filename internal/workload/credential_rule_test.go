package workload

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestCredentialNames(t *testing.T) {
	for _, name := range []string{
		"DB_PASSWORD2", "DBPASS", "MYSQLPASSWORD", "MYSQL_ROOT_PW", "PGPASS", "REDIS_AUTH", "REDISCLI_AUTH", "BASIC_AUTH",
		"VAULT_SECRET_ID", "APP_KEY", "JWT_KEY", "HMAC_KEY", "NEW_RELIC_LICENSE_KEY", "DOCKER_AUTH_CONFIG", "JWT_SECRET",
		"CLIENT_SECRET", "SECRET", "HTTP_PROXY_PASS", "GITHUB_TOKEN", "Cookie", "clientSecret",
	} {
		if got := RedactValue(name, "hunter2"); got != Redacted {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, name := range []string{"DB_PASSWORD", "CLIENT_SECRET", "API_KEY"} {
		for _, value := range []string{"/hunter2", "$Hunter2!", "[hunter2]", "env:hunter2", "hunter.key", "98237498237498237"} {
			if got := RedactValue(name, value); got != Redacted {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
	for _, value := range []string{"Kx9/hunter", "0a1b2c3d4e5f60718293", "My Secret", "aGVsbG8="} {
		if got := RedactValue("CONFIG_SECRET", value); got != Redacted {
			t.Errorf("CONFIG_SECRET: %s", got)
		}
	}
}

func TestHarmless(t *testing.T) {
	for _, pair := range []string{
		"IMAGE_PULL_SECRETS=regcred", "TOKEN_AUDIENCES=vault", "TOKEN_EXPIRATION_TIME=1h", "ACCESS_TOKEN_LIFESPAN=5m",
		"JWT_TOKEN_EXPIRES_IN=7d", "TOKEN_SIGNING_ALG=RS256", "PROXY_PASS=http://api:8080", "SESSION_COOKIE=sid",
		"CSRF_COOKIE=csrf", "PASSWORD_ENCODER=bcrypt", "AUTHORIZATION=rbac", "AUTHORIZATION=RBAC,Node", "WATCH_SECRETS=all",
		"CREDENTIALS_SOURCE=env", "AWS_CREDENTIALS_PROFILE=dev", "CONFIG_SECRET=my-config", "DB_PASSWORD=/run/x",
		"DB_PASSWORD=/srv/app/pw", "DB_PASSWORD=a-$(OTHER)", "PWD=/app", "BYPASS=x", "PRIVATE_KEY=tls.key", "MAX_TOKENS=4096",
		"SMTP_AUTH=login", "IMAGE=registry:5000/a/b@sha256:0123", "URL=http://proxy:3128/a@2x", "URL=https://a-long-user-name@host/x",
		"CERT=" + base64.StdEncoding.EncodeToString([]byte("-----BEGIN CERTIFICATE-----")),
	} {
		name, value, _ := strings.Cut(pair, "=")
		if got := RedactValue(name, value); got != value {
			t.Errorf("%s becomes %s", pair, got)
		}
	}
}

func TestCredentialValues(t *testing.T) {
	x := strings.Repeat("a1", 12)
	for _, kind := range []string{"", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA "} {
		value := base64.StdEncoding.EncodeToString([]byte("-----BEGIN " + kind + "PRIVATE KEY-----\nMII"))
		if got := RedactValue("X", value); got != Redacted {
			t.Errorf("%skey: %s", kind, got)
		}
	}
	for value, want := range map[string]string{
		"SG." + x + "." + x:                           Redacted,
		"sk-proj-" + x:                                Redacted,
		"rk_live_" + x:                                Redacted,
		"sk_live_" + x:                                Redacted,
		"https://" + x + "@host/a":                    "https://" + Redacted + "@host/a",
		"https://" + x + ":x-oauth-basic@host":        "https://" + Redacted + ":" + Redacted + "@host",
		"https://hooks.slack.com/services/T0/B0/" + x: "https://hooks.slack.com/services/" + Redacted,
		"postgres://u:pa/ss@db/x":                     "postgres://u:" + Redacted + "@db/x",
		"Authorization: Bearer abc":                   "Authorization: Bearer " + Redacted,
		`{"auths":{"r":{"auth":"dTpwYXNz"}}}`:         `{"auths":{"r":{"auth":"` + Redacted + `"}}}`,
	} {
		if got := RedactValue("X", value); got != want {
			t.Errorf("%s: %s", value, got)
		}
	}
}

func TestCredentialFlags(t *testing.T) {
	for line, want := range map[string]string{
		"app|--pw|X":                            "app|--pw|" + Redacted,
		"mysql|-uroot|-phunter2":                "mysql|-uroot|-p" + Redacted,
		"/usr/bin/mariadb-dump|-px":             "/usr/bin/mariadb-dump|-p" + Redacted,
		"mongosh|-p|x":                          "mongosh|-p|" + Redacted,
		"sh|-c|mysqladmin -phunter2 ping && ls": "sh|-c|mysqladmin -p" + Redacted + " ping && ls",
		"mysql|-p$(PW)":                         "mysql|-p$(PW)",
		`sh|-c|mysql -p"$PW" -p$PW`:             `sh|-c|mysql -p"$PW" -p$PW`,
		"mysql|-p|db":                           "mysql|-p|db",
		"nginx|-p8080":                          "nginx|-p8080",
		"sh|-c|mysql x; mkdir -pv /a":           "sh|-c|mysql x; mkdir -pv /a",
	} {
		if got := strings.Join(RedactWords(strings.Split(line, "|")), "|"); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
}
