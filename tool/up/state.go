package up

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// State is what a running up leaves in its data folder for other commands. It
// holds passwords and is readable by its owner only.
type State struct {
	PID                  int           `json:"pid"`
	BaseURL              string        `json:"base_url"`
	UsersDatabaseURL     string        `json:"users_database_url"`
	OrdersDatabaseURL    string        `json:"orders_database_url"`
	InventoryDatabaseURL string        `json:"inventory_database_url"`
	RedisURL             string        `json:"redis_url"`
	ReconcileGrace       time.Duration `json:"reconcile_grace_ns"`
}

// ReadState reads the state of the up that runs on a data folder. That of one
// that was killed may still be there.
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
		return state, fmt.Errorf("read what runs on %s: %w", data, err)
	}
	return state, nil
}

func (d *dataDir) writeState(state State) error {
	raw, err := json.MarshalIndent(state, "", "  ")
	if err == nil {
		err = writePrivate(d.file(stateName), append(raw, '\n'))
	}
	if err != nil {
		return fmt.Errorf("say what runs here: %w", err)
	}
	return nil
}

func (d *dataDir) removeState() error {
	if err := os.Remove(d.file(stateName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
