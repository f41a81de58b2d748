package events

import (
	"errors"
	"fmt"
	"time"
)

// Settings are what event streams read from the environment.
type Settings struct {
	Heartbeat    time.Duration `env:"EVENTS_HEARTBEAT" envDefault:"15s"` // between signs of life
	PollInterval time.Duration `env:"EVENTS_INTERVAL" envDefault:"2s"`   // between looks for events that were not announced
	MaxStreams   int           `env:"EVENTS_STREAMS" envDefault:"10000"` // open at once, per replica
	MaxPerUser   int           `env:"EVENTS_PER_USER" envDefault:"10"`   // open at once, per user and replica
	MaxReplay    int           `env:"EVENTS_REPLAY" envDefault:"10000"`  // events that a stream can resume over
}

// Problems lists what is wrong with the settings.
func (s Settings) Problems() (problems []error) {
	if s.Heartbeat < time.Second || s.Heartbeat > time.Minute { // proxies give up soon after
		problems = append(problems, errors.New("EVENTS_HEARTBEAT is not between 1s and 1m"))
	}
	if s.PollInterval <= 0 || s.PollInterval > time.Minute {
		problems = append(problems, errors.New("EVENTS_INTERVAL is not more than 0s and at most 1m"))
	}
	if s.MaxReplay < 0 {
		problems = append(problems, errors.New("EVENTS_REPLAY is less than 0"))
	}
	for name, n := range map[string]int{"EVENTS_STREAMS": s.MaxStreams, "EVENTS_PER_USER": s.MaxPerUser} {
		if n < 1 {
			problems = append(problems, fmt.Errorf("%s is less than 1", name))
		}
	}
	return problems
}
