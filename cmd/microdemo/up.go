package main

import (
	"context"
	"os"

	"microdemo/kit"
	"microdemo/tool"
	"microdemo/tool/up"
)

type upCommand struct {
	Addr  string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"The address of the gateway (default: ${default}). Port 0 picks a free one."`
	Data  string `placeholder:"DIR" help:"The folder for databases, signing key and log (default: microdemo in the user's data folder)."`
	Fresh bool   `help:"Delete the content of the data folder first. Databases given by URL are kept."`
	Seed  bool   `help:"Create an admin and the demo data."`
	Demo  bool   `help:"With --seed: also a shop with 90 days of orders."`

	tool.Databases `set:"missing=By default, up runs a PostgreSQL server for the databases that are not given."`
	RedisURL       kit.Secret `name:"redis-url" env:"REDIS_URL" placeholder:"URL" help:"A Redis server; three of its databases are used, beginning with the one in the URL. By default, up runs one itself."`
}

// Run runs the command.
func (c *upCommand) Run(ctx context.Context, now stopping) error {
	return up.Run(ctx, up.Options{
		Addr:         c.Addr,
		Data:         c.Data,
		Fresh:        c.Fresh,
		Seed:         c.Seed,
		Demo:         c.Demo,
		Databases:    c.Databases,
		RedisURL:     c.RedisURL,
		JWTSecretKey: kit.Secret(os.Getenv("JWT_SECRET_KEY")),
		Environ:      os.Environ(),
		Out:          os.Stdout,
		StopNow:      now,
	})
}
