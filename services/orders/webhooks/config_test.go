package webhooks_test

import (
	"strings"
	"testing"

	"microdemo/kit"
	"microdemo/services/orders/webhooks"
)

func TestSettings_ProblemsAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		want    []string // "" is none
	}{
		"none":   {nil, nil},
		"empty":  {[]string{"WEBHOOK_URLS=", "WEBHOOK_SECRET="}, nil},
		"good":   {[]string{"WEBHOOK_URLS=https://a.example/x,https://b.example", "WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, nil},
		"raw":    {[]string{"WEBHOOK_URLS=https://a.example/x", "WEBHOOK_SECRET=0123456789abcdef01234567"}, nil},
		"local":  {[]string{"WEBHOOK_URLS=http://localhost:9", "WEBHOOK_ALLOW_PRIVATE=true", "WEBHOOK_SECRET=0123456789abcdef01234567"}, nil},
		"secret": {[]string{"WEBHOOK_URLS=https://a.example/x"}, []string{"WEBHOOK_SECRET is missing"}},
		"every problem": {
			[]string{
				"WEBHOOK_URLS=https://a.example/x,http://u:hush@b.example,http://127.0.0.1", "WEBHOOK_SECRET=whsec_hush", "WEBHOOK_TIMEOUT=1m", "WEBHOOK_LEASE=1s",
				"WEBHOOK_ATTEMPTS=31", "WEBHOOK_CONCURRENCY=-1", "WEBHOOK_RETENTION=-1s", "WEBHOOK_ALLOW_PRIVATE=maybe",
			},
			[]string{
				"WEBHOOK_URLS, address 2: expected no user", "WEBHOOK_URLS, address 3: expected a public address", "WEBHOOK_SECRET is not whsec_",
				"WEBHOOK_TIMEOUT is more than 10s", "WEBHOOK_LEASE is shorter", "WEBHOOK_ATTEMPTS is not", "WEBHOOK_CONCURRENCY is not", "WEBHOOK_RETENTION must be more",
				"WEBHOOK_ALLOW_PRIVATE is not a valid bool",
			},
		},
		"zeros": {
			[]string{
				"WEBHOOK_ATTEMPTS=0", "WEBHOOK_CONCURRENCY=0", "WEBHOOK_TIMEOUT=0s", "WEBHOOK_LEASE=0s", "WEBHOOK_BACKOFF=0s", "WEBHOOK_INTERVAL=0s",
				"WEBHOOK_DISABLE_AFTER=0s", "WEBHOOK_RETENTION=0s",
			},
			[]string{
				"WEBHOOK_ATTEMPTS is not", "WEBHOOK_CONCURRENCY is not", "WEBHOOK_TIMEOUT must be more", "WEBHOOK_LEASE must be more", "WEBHOOK_BACKOFF must be more",
				"WEBHOOK_INTERVAL must be more", "WEBHOOK_DISABLE_AFTER must be more", "WEBHOOK_RETENTION must be more",
			},
		},
		"short": {[]string{"WEBHOOK_SECRET=hush"}, []string{"WEBHOOK_SECRET is shorter than 24 bytes"}},
	} {
		_, err := kit.Load[webhooks.Settings](c.environ)
		if (err == nil) != (c.want == nil) || err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %v", name, want, err)
			}
		}
	}
}
