package main

import (
	"context"
	"fmt"

	"microdemo/tool/demo"
)

type seedCommand struct {
	Demo          bool   `help:"Also create a shop: 60 items, 25 buyers, 90 days of orders."`
	Base          string `required:"" placeholder:"URL" help:"The address of the system, such as http://127.0.0.1:8080."`
	AdminEmail    string `default:"admin@test.com" placeholder:"EMAIL" help:"The admin who creates the data (default: ${default})."`
	AdminPassword string `default:"password123" env:"ADMIN_PASSWORD" placeholder:"PASSWORD" help:"The admin's password."`
}

// Run runs the command.
func (c *seedCommand) Run(ctx context.Context) error {
	_, err := demo.Seed(ctx, demo.Options{
		Base:          c.Base,
		Demo:          c.Demo,
		AdminEmail:    c.AdminEmail,
		AdminPassword: c.AdminPassword,
		Report:        func(line string) { fmt.Println(line) },
	})
	return err
}
