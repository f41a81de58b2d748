package main

import (
	"context"
	"os"

	"microdemo/kit"
	"microdemo/tool/up"
)

type upCommand struct {
	Addr  string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where the gateway listens (default: ${default}). Port 0 picks a free one."`
	Data  string `placeholder:"DIR" help:"Where databases, key and log are kept (default: a folder microdemo in the user's data folder)."`
	Fresh bool   `help:"Begin with an empty data folder: deletes what an earlier up kept there. Databases given by URL are left alone."`
	Seed  bool   `help:"Make the demo data, and an admin."`
	Demo  bool   `help:"With --seed: a whole shop, with 90 days of orders."`

	UsersDatabaseURL     string `name:"users-database-url" env:"USERS_DATABASE_URL" placeholder:"URL" help:"A PostgreSQL database of yours for users. The databases not given are in a PostgreSQL that up starts."`
	OrdersDatabaseURL    string `name:"orders-database-url" env:"ORDERS_DATABASE_URL" placeholder:"URL" help:"Likewise for orders."`
	InventoryDatabaseURL string `name:"inventory-database-url" env:"INVENTORY_DATABASE_URL" placeholder:"URL" help:"Likewise for inventory."`
	RedisURL             string `name:"redis-url" env:"REDIS_URL" placeholder:"URL" help:"A Redis of yours; three databases of it are used, from the one in the URL on. Without, one runs inside of up."`
}

// Run runs the command.
func (c *upCommand) Run(ctx context.Context, now stopping) error {
	return up.Run(ctx, up.Options{
		Addr:                 c.Addr,
		Data:                 c.Data,
		Fresh:                c.Fresh,
		Seed:                 c.Seed,
		Demo:                 c.Demo,
		UsersDatabaseURL:     kit.Secret(c.UsersDatabaseURL),
		OrdersDatabaseURL:    kit.Secret(c.OrdersDatabaseURL),
		InventoryDatabaseURL: kit.Secret(c.InventoryDatabaseURL),
		RedisURL:             kit.Secret(c.RedisURL),
		JWTSecretKey:         kit.Secret(os.Getenv("JWT_SECRET_KEY")),
		Environ:              os.Environ(),
		Out:                  os.Stdout,
		StopNow:              now,
	})
}
