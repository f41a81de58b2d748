package main

import (
	"context"
	"fmt"
	"time"

	"microdemo/tool/smoke"
)

type smokeCommand struct {
	Base     string        `required:"" placeholder:"URL" help:"The address of the system, such as http://127.0.0.1:8080."`
	Email    string        `default:"bob@example.com" placeholder:"EMAIL" help:"The user who orders (default: ${default}, from seed)."`
	Password string        `default:"password123" env:"SMOKE_PASSWORD" placeholder:"PASSWORD" help:"The user's password."`
	SKU      string        `default:"SKU-001" placeholder:"SKU" help:"The item to order (default: ${default}, from seed)."`
	Wait     time.Duration `default:"30s" placeholder:"DURATION" help:"How long to wait until the system is ready (default: ${default})."`
}

// Run runs the command.
func (c *smokeCommand) Run(ctx context.Context) error {
	return smoke.Run(ctx, smoke.Options{
		Base: c.Base, Email: c.Email, Password: c.Password, SKU: c.SKU, Wait: c.Wait,
		Report: func(line string) { fmt.Println(line) },
	})
}
