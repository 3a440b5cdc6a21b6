package workload

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCredentialLike(t *testing.T) {
	credentials := map[string][]string{
		"DB_PASSWORD":           {"hunter2", "123456", "a b"},
		"dbPassword":            {"hunter2"},
		"MYSQL_PWD":             {"x"},
		"AWS_SECRET_ACCESS_KEY": {"wJalrXUtnFEMI"},
		"stripe.api-key":        {"x1"},
		"SECRET_KEY_BASE":       {"0a0b"},
		"AUTHORIZATION":         {"Bearer abc"},
		"ERLANG_COOKIE":         {"x"},
		"DATABASE_URL":          {"postgres://app:pw@db:5432/app", "amqp://u:p@@mq/", "redis://:pw@cache"},
		"DSN":                   {"Server=db;User=sa;Password=pw;", "host=db password=pw", `{"token": "abc"}`},
		"CALLBACK":              {"https://example.com/hook?token=abc&x=1"},
		"X":                     {"AKIAIOSFODNN7EXAMPLE", "ghp_" + strings.Repeat("a", 36), "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.c2ln", "Bearer 0123456789abcdef"},
		"LOG_LEVEL":             {Redacted},
	}
	harmless := map[string][]string{
		"DB_PASSWORD":       {"", "$(OTHER)", "${OTHER}", "/run/secrets/db", "true"},
		"PASSWORD_FILE":     {"pw.txt"},
		"TOKEN_TTL":         {"1h"},
		"TOKEN_URL":         {"https://id.example.com/token"},
		"SECRET_NAME":       {"db"},
		"MAX_TOKENS":        {"4096"},
		"AWS_ACCESS_KEY_ID": {"x"},
		"LOG_LEVEL":         {"debug", "", "key: value", "a=b"},
		"UPSTREAM":          {"http://api:8080/path", "https://user@host/x", "redis://cache:6379/0"},
		"MESSAGE":           {"basic setup", "the token is in the vault"},
		"":                  {"", "x"},
	}
	for name, values := range credentials {
		for _, value := range values {
			if !CredentialLike(name, value) {
				t.Errorf("%s=%s is taken for harmless", name, value)
			}
		}
	}
	for name, values := range harmless {
		for _, value := range values {
			if CredentialLike(name, value) {
				t.Errorf("%s=%s is taken for a credential", name, value)
			}
		}
	}
}

func TestRedactValueKeepsWhatIsAround(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"DATABASE_URL", "postgres://app:pw@db:5432/app?sslmode=off", "postgres://app:" + Redacted + "@db:5432/app?sslmode=off"},
		{"DSN", "Server=db;Password=pw;Timeout=5", "Server=db;Password=" + Redacted + ";Timeout=5"},
		{"X", "a AKIAIOSFODNN7EXAMPLE b", "a " + Redacted + " b"},
		{"DB_PASSWORD", "pw", Redacted},
	} {
		if got := RedactValue(test.name, test.value); got != test.want {
			t.Errorf("%s=%s: %s", test.name, test.value, got)
		}
	}
}

func TestRedactWords(t *testing.T) {
	tests := map[string]struct{ words, want []string }{
		"flag with =":        {[]string{"--api-token=abc", "--port=80"}, []string{"--api-token=" + Redacted, "--port=80"}},
		"flag and value":     {[]string{"app", "--password", "abc", "run"}, []string{"app", "--password", Redacted, "run"}},
		"flag and flag":      {[]string{"--password", "--verbose"}, []string{"--password", "--verbose"}},
		"flag and reference": {[]string{"--password", "$(PASSWORD)"}, []string{"--password", "$(PASSWORD)"}},
		"in a shell":         {[]string{"sh", "-c", "exec app --password abc --port 80"}, []string{"sh", "-c", "exec app --password " + Redacted + " --port 80"}},
		"quoted in a shell":  {[]string{"sh", "-c", `app --password 'a b' && x`}, []string{"sh", "-c", "app --password '" + Redacted + "' && x"}},
		"variable":           {[]string{"sh", "-c", "DB_PASSWORD=abc app"}, []string{"sh", "-c", "DB_PASSWORD=" + Redacted + " app"}},
		"user of curl":       {[]string{"curl", "-u", "me:pw", "http://x"}, []string{"curl", "-u", "me:" + Redacted, "http://x"}},
		"header of curl":     {[]string{"curl", "-H", "X-Api-Key: abc"}, []string{"curl", "-H", "X-Api-Key: " + Redacted}},
		"nothing":            {[]string{"sleep", "3600"}, []string{"sleep", "3600"}},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, RedactWords(test.words)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"a b", "--password 'x y", "postgres://a:b@c", `{"token":"x"}`, "password=a&token=b", "\xff: \x00=", "Bearer 0123456789abcdefg"} {
		f.Add("DB_PASSWORD", seed)
		f.Add("--token", seed)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		once := RedactValue(name, value)
		if twice := RedactValue(name, once); twice != once {
			t.Errorf("%q: %q becomes %q, then %q", name, value, once, twice)
		}
		if CredentialLike(name, value) != CredentialLike(name, once) {
			t.Errorf("%q: %q and %q are judged differently", name, value, once)
		}
		words := RedactWords([]string{name, value})
		if diff := cmp.Diff(words, RedactWords(words)); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
	})
}
