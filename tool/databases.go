// Package tool holds what several commands of microdemo need; each command has a
// package of its own below it.
package tool

import (
	"cmp"
	"fmt"
	"iter"

	"microdemo/kit"
)

// Databases are the URLs of the services' databases, and the flags that set them.
// ${missing} says where a command takes one that is not given.
type Databases struct {
	Users     kit.Secret `name:"users-database-url" env:"USERS_DATABASE_URL" placeholder:"URL" help:"The PostgreSQL database of users. ${missing}"`
	Orders    kit.Secret `name:"orders-database-url" env:"ORDERS_DATABASE_URL" placeholder:"URL" help:"The same for orders."`
	Inventory kit.Secret `name:"inventory-database-url" env:"INVENTORY_DATABASE_URL" placeholder:"URL" help:"The same for inventory."`
}

// All yields the name of each service and the URL of its database.
func (d *Databases) All() iter.Seq2[string, *kit.Secret] {
	return func(yield func(string, *kit.Secret) bool) {
		_ = yield("users", &d.Users) && yield("orders", &d.Orders) && yield("inventory", &d.Inventory)
	}
}

// Or returns d with the missing URLs taken from other.
func (d Databases) Or(other Databases) Databases {
	return Databases{cmp.Or(d.Users, other.Users), cmp.Or(d.Orders, other.Orders), cmp.Or(d.Inventory, other.Inventory)}
}

// Complete reports whether no URL is missing.
func (d Databases) Complete() bool { return d.Users != "" && d.Orders != "" && d.Inventory != "" }

// Check returns an error if a URL is malformed or given twice. It says nothing of
// the URLs themselves, which may hold passwords.
func (d Databases) Check() error {
	seen := map[kit.Secret]string{}
	for service, url := range d.All() {
		if *url == "" {
			continue
		}
		if err := kit.CheckDatabaseURL(*url); err != nil {
			return fmt.Errorf("--%s-database-url %w", service, err)
		}
		if other, ok := seen[*url]; ok {
			return fmt.Errorf("%s and %s need a database each, but their URLs are the same", other, service)
		}
		seen[*url] = service
	}
	return nil
}
