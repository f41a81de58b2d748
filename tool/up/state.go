package up

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

	"microdemo/kit"
	"microdemo/tool"
)

// State is what a running up writes to its data folder for other commands. It
// holds passwords, so only its owner can read it.
type State struct {
	PID            int            `json:"pid"`
	BaseURL        string         `json:"base_url"`
	Databases      tool.Databases `json:"databases"`
	RedisURL       kit.Secret     `json:"redis_url"`
	ReconcileGrace time.Duration  `json:"reconcile_grace_ns"`
}

// ReadState reads the state of the up that runs on a data folder. The state of an
// up that was killed may still be there.
func ReadState(data string) (State, error) {
	var state State
	raw, err := os.ReadFile(filepath.Join(data, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return state, fmt.Errorf("no microdemo is running on %s", data)
	}
	if err == nil {
		err = json.Unmarshal(raw, &state)
	}
	if err != nil {
		return state, fmt.Errorf("read the state of the microdemo on %s: %w", data, err)
	}
	return state, nil
}

// writeState spells the state out: a kit.Secret does not show itself in JSON.
func (d *dataDir) writeState(state State) error {
	databases := map[string]string{}
	for name, url := range state.Databases.All() {
		databases[name] = string(*url)
	}
	raw, err := json.MarshalIndent(map[string]any{
		"pid": state.PID, "base_url": state.BaseURL, "databases": databases,
		"redis_url": string(state.RedisURL), "reconcile_grace_ns": state.ReconcileGrace,
	}, "", "  ")
	if err == nil {
		err = renameio.WriteFile(d.file(stateName), append(raw, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	return nil
}

func (d *dataDir) removeState() error {
	if err := os.Remove(d.file(stateName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
