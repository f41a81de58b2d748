package orders

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"microdemo/kit"
)

const (
	// maxEndpoints is how many endpoints administrators can make, and how many
	// WEBHOOK_URLS can name.
	maxEndpoints = 50

	// maxWebhookTimeout leaves a request that sends a test the time to answer.
	maxWebhookTimeout = 10 * time.Second
)

// WebhookSettings are what sending webhooks reads from the environment. Zero
// values are the defaults.
type WebhookSettings struct {
	WebhookURLs   []string   `env:"WEBHOOK_URLS"`   // further endpoints, told of every event
	WebhookSecret kit.Secret `env:"WEBHOOK_SECRET"` // signs what is sent to WEBHOOK_URLS

	// WebhookAllowPrivate lets endpoints have private and local addresses.
	WebhookAllowPrivate bool `env:"WEBHOOK_ALLOW_PRIVATE"`

	WebhookTimeout time.Duration `env:"WEBHOOK_TIMEOUT"` // of one attempt; 10s

	// WebhookLease is how long a delivery belongs to its sender: after that it is
	// taken for dead. 30s.
	WebhookLease time.Duration `env:"WEBHOOK_LEASE"`

	// WebhookBackoff is the pause behind the first attempt, 5s; each pause is twice
	// the one before. With WebhookAttempts, 15, that makes 23 hours.
	WebhookBackoff  time.Duration `env:"WEBHOOK_BACKOFF"`
	WebhookAttempts int           `env:"WEBHOOK_ATTEMPTS"`

	WebhookInterval     time.Duration `env:"WEBHOOK_INTERVAL"`      // how often is looked for what is due; 1s
	WebhookConcurrency  int           `env:"WEBHOOK_CONCURRENCY"`   // attempts at once, per endpoint and replica; 8
	WebhookDisableAfter time.Duration `env:"WEBHOOK_DISABLE_AFTER"` // of failures alone; 120h
	WebhookRetention    time.Duration `env:"WEBHOOK_RETENTION"`     // of the log of deliveries; 336h

	resolver *net.Resolver // for tests: instead of the system's
}

func (c WebhookSettings) withDefaults() WebhookSettings {
	c.WebhookTimeout = cmp.Or(c.WebhookTimeout, maxWebhookTimeout)
	c.WebhookLease = cmp.Or(c.WebhookLease, max(30*time.Second, c.WebhookTimeout))
	c.WebhookBackoff = cmp.Or(c.WebhookBackoff, 5*time.Second)
	c.WebhookAttempts = cmp.Or(c.WebhookAttempts, 15)
	c.WebhookInterval = cmp.Or(c.WebhookInterval, time.Second)
	c.WebhookConcurrency = cmp.Or(c.WebhookConcurrency, 8)
	c.WebhookDisableAfter = cmp.Or(c.WebhookDisableAfter, 5*24*time.Hour)
	c.WebhookRetention = cmp.Or(c.WebhookRetention, 14*24*time.Hour)
	return c
}

// problems lists what is wrong with the settings, and shows no address: it may
// hold a password.
func (c WebhookSettings) problems() (problems []error) {
	for i, target := range c.WebhookURLs {
		if err := checkTarget(target, c.WebhookAllowPrivate); err != nil {
			problems = append(problems, fmt.Errorf("WEBHOOK_URLS, address %d: %w", i+1, err))
		}
	}
	if len(c.WebhookURLs) > maxEndpoints {
		problems = append(problems, fmt.Errorf("WEBHOOK_URLS names more than %d addresses", maxEndpoints))
	}
	if len(c.WebhookURLs) > 0 && c.WebhookSecret == "" {
		problems = append(problems, errors.New("WEBHOOK_SECRET is missing; WEBHOOK_URLS needs it"))
	}
	if err := checkSecret(c.WebhookSecret); err != nil {
		problems = append(problems, fmt.Errorf("WEBHOOK_SECRET %w", err))
	}
	for name, d := range map[string]time.Duration{
		"WEBHOOK_TIMEOUT": c.WebhookTimeout, "WEBHOOK_LEASE": c.WebhookLease, "WEBHOOK_BACKOFF": c.WebhookBackoff, "WEBHOOK_INTERVAL": c.WebhookInterval,
		"WEBHOOK_DISABLE_AFTER": c.WebhookDisableAfter, "WEBHOOK_RETENTION": c.WebhookRetention,
	} {
		if d < 0 {
			problems = append(problems, errors.New(name+" is less than 0s"))
		}
	}
	c = c.withDefaults()
	if c.WebhookTimeout > maxWebhookTimeout {
		problems = append(problems, fmt.Errorf("WEBHOOK_TIMEOUT is more than %s", maxWebhookTimeout))
	}
	if c.WebhookLease < c.WebhookTimeout {
		problems = append(problems, errors.New("WEBHOOK_LEASE is shorter than WEBHOOK_TIMEOUT"))
	}
	if c.WebhookAttempts < 1 || c.WebhookAttempts > 30 {
		problems = append(problems, errors.New("WEBHOOK_ATTEMPTS is not between 1 and 30"))
	}
	if c.WebhookConcurrency < 1 || c.WebhookConcurrency > 100 {
		problems = append(problems, errors.New("WEBHOOK_CONCURRENCY is not between 1 and 100"))
	}
	return problems
}

func checkSecret(secret kit.Secret) error {
	encoded, ok := strings.CutPrefix(string(secret), secretPrefix)
	if !ok {
		if secret != "" && len(secret) < minSigning {
			return fmt.Errorf("is shorter than %d bytes", minSigning)
		}
		return nil
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) < minSigning || len(key) > maxSigning {
		return fmt.Errorf("is not whsec_ and the base64 of %d to %d bytes", minSigning, maxSigning)
	}
	return nil
}
