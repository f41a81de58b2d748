package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"microdemo/tool/load"
)

type loadCommand struct {
	Base          string        `required:"" placeholder:"URL" help:"The address of the system, such as http://127.0.0.1:8080."`
	Clients       int           `default:"32" help:"The number of concurrent users (default: ${default})."`
	For           time.Duration `default:"30s" help:"The duration (default: ${default})."`
	Journal       string        `type:"path" placeholder:"FILE" help:"Append the ids of acknowledged orders to this file, for audit --journal."`
	AdminEmail    string        `default:"admin@test.com" placeholder:"EMAIL" help:"The admin who creates the items (default: ${default})."`
	AdminPassword string        `default:"password123" env:"ADMIN_PASSWORD" placeholder:"PASSWORD" help:"The admin's password."`
}

// Run runs the command.
func (c *loadCommand) Run(ctx context.Context) error {
	var journal io.Writer
	if c.Journal != "" {
		file, err := os.OpenFile(c.Journal, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		journal = file
	}
	result, err := load.Run(ctx, load.Options{
		Base: c.Base, AdminEmail: c.AdminEmail, AdminPassword: c.AdminPassword,
		Clients: c.Clients, Duration: c.For, Journal: journal,
		Report: func(line string) { fmt.Println(line) },
	})
	if err != nil {
		return err
	}
	if result.Failed > 0 {
		return fmt.Errorf("%d of %d requests failed", result.Failed, result.Requests)
	}
	return nil
}
