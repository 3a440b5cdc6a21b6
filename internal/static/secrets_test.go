package static

import "testing"

func TestMayCall(t *testing.T) {
	for _, name := range []string{"DATABASE_URL", "DB_HOST", "PGHOST", "REDIS_ADDR", "AMQP_DSN", "MONGODB_URI", "KAFKA_BROKERS", "CONNECTION_STRING", "CONFIG", "SETTINGS_JSON", "S3_ENDPOINT"} {
		if !mayCall(name, "value") {
			t.Errorf("%s may say whom a program calls", name)
		}
	}
	for _, name := range []string{"DB_PASSWORD", "PGPASSWORD", "API_TOKEN", "SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "DB_USER", "POSTGRES_DB", "PGDATABASE_NAME", "TLS_CERT", "SSH_KEY", "JWT_SECRET"} {
		if mayCall(name, "value") {
			t.Errorf("%s says nothing of whom a program calls", name)
		}
	}
}
