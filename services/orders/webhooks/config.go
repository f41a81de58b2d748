package webhooks

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"microdemo/kit"
)

const (
	// maxEndpoints is how many endpoints administrators can register, and how many
	// WEBHOOK_URLS can name.
	maxEndpoints = 50

	// maxTimeout leaves a request that sends a test the time to answer.
	maxTimeout = 10 * time.Second
)

// Settings are what sending webhooks reads from the environment.
type Settings struct {
	URLs         []string   `env:"WEBHOOK_URLS"`          // further endpoints, for every type of event
	Secret       kit.Secret `env:"WEBHOOK_SECRET"`        // signs what is sent to WEBHOOK_URLS
	AllowPrivate bool       `env:"WEBHOOK_ALLOW_PRIVATE"` // lets endpoints have private and local addresses

	Timeout time.Duration `env:"WEBHOOK_TIMEOUT" envDefault:"10s"` // of one attempt

	// Lease is how long a delivery belongs to its sender, which is taken for dead
	// after that.
	Lease time.Duration `env:"WEBHOOK_LEASE" envDefault:"30s"`

	// Backoff is the pause after the first failed attempt. It doubles after each
	// further one: with 15 attempts that makes 23 hours.
	Backoff  time.Duration `env:"WEBHOOK_BACKOFF" envDefault:"5s"`
	Attempts int           `env:"WEBHOOK_ATTEMPTS" envDefault:"15"`

	Interval     time.Duration `env:"WEBHOOK_INTERVAL" envDefault:"1s"`        // between looks for due deliveries
	Concurrency  int           `env:"WEBHOOK_CONCURRENCY" envDefault:"8"`      // attempts at once, per endpoint and replica
	DisableAfter time.Duration `env:"WEBHOOK_DISABLE_AFTER" envDefault:"120h"` // of nothing but failures
	Retention    time.Duration `env:"WEBHOOK_RETENTION" envDefault:"336h"`     // of the log of deliveries
}

// Problems lists what is wrong with the settings. It shows no address, which may
// hold a password.
func (s Settings) Problems() (problems []error) {
	for i, url := range s.URLs {
		if broken := checkTarget(url, s.AllowPrivate); broken != nil {
			problems = append(problems, fmt.Errorf("WEBHOOK_URLS, address %d: %s", i+1, broken.Message))
		}
	}
	if len(s.URLs) > maxEndpoints {
		problems = append(problems, fmt.Errorf("WEBHOOK_URLS names more than %d addresses", maxEndpoints))
	}
	if len(s.URLs) > 0 && s.Secret == "" {
		problems = append(problems, errors.New("WEBHOOK_SECRET is missing; WEBHOOK_URLS needs it"))
	}
	if err := checkSecret(s.Secret); err != nil {
		problems = append(problems, fmt.Errorf("WEBHOOK_SECRET %w", err))
	}
	for name, d := range map[string]time.Duration{
		"WEBHOOK_TIMEOUT": s.Timeout, "WEBHOOK_LEASE": s.Lease, "WEBHOOK_BACKOFF": s.Backoff, "WEBHOOK_INTERVAL": s.Interval,
		"WEBHOOK_DISABLE_AFTER": s.DisableAfter, "WEBHOOK_RETENTION": s.Retention,
	} {
		if d <= 0 {
			problems = append(problems, errors.New(name+" must be more than 0s"))
		}
	}
	if s.Timeout > maxTimeout {
		problems = append(problems, fmt.Errorf("WEBHOOK_TIMEOUT is more than %s", maxTimeout))
	}
	if s.Lease < s.Timeout {
		problems = append(problems, errors.New("WEBHOOK_LEASE is shorter than WEBHOOK_TIMEOUT"))
	}
	if s.Backoff > maxPause {
		problems = append(problems, fmt.Errorf("WEBHOOK_BACKOFF is more than %s", maxPause))
	}
	if s.Attempts < 1 || s.Attempts > 30 {
		problems = append(problems, errors.New("WEBHOOK_ATTEMPTS is not between 1 and 30"))
	}
	if s.Concurrency < 1 || s.Concurrency > 100 {
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
