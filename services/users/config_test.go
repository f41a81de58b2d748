package users_test

import (
	"strings"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/services/users"
)

func TestConfig_NamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := []string{"DATABASE_URL=postgres://localhost/x", "REDIS_URL=redis://localhost", "JWT_SECRET_KEY=" + strings.Repeat("k", 32)}
	config, err := kit.Load[users.Config](good)
	if err != nil || config.SignInLimit != "10/5m" || config.SessionLife != 720*time.Hour || config.SessionIdleLife != 168*time.Hour {
		t.Fatalf("%+v, %v", config, err)
	}
	if _, err := kit.Load[users.Config](append(good, "SIGN_IN_LIMIT=off", "TRUSTED_PROXIES=10.0.0.0/8, ::1", "JWT_PREVIOUS_SECRET_KEY="+strings.Repeat("p", 32))); err != nil {
		t.Error(err)
	}
	for _, setting := range []string{
		"SIGN_IN_LIMIT=10", "SIGN_IN_LIMIT=0/5m", "SIGN_IN_LIMIT=-1/5m", "SIGN_IN_ACCOUNT_LIMIT=ten/5m", "SIGN_IN_ADDRESS_LIMIT=10/5", "SIGN_IN_LIMIT=1/999h",
		"SESSION_IDLE_LIFE=721h", "SESSION_IDLE_LIFE=1m", "SESSION_LIFE=long", "TRUSTED_PROXIES=gateway", "TRUSTED_PROXIES=10.0.0.0/33",
		"JWT_PREVIOUS_SECRET_KEY=0123456789", "JWT_PREVIOUS_SECRET_KEY=" + strings.Repeat("k", 32), "REVOCATIONS_INTERVAL=1h",
	} {
		name, value, _ := strings.Cut(setting, "=")
		_, err := kit.Load[users.Config](append(good, setting))
		if err == nil || !strings.HasPrefix(err.Error(), name+" ") || strings.Contains(name, "KEY") && strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
