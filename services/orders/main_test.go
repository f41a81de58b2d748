package orders_test

import (
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

func TestMain(m *testing.M) { kittest.Main(m, os.DirFS(".")) }

// alone is the configuration of a service without its neighbours, which reconciles
// nothing.
func alone(t testing.TB) orders.Config {
	t.Helper()
	c := kit.Defaults[orders.Config]()
	c.Settings = kittest.Settings(t)
	c.UsersURL, c.InventoryURL = "", ""
	c.ReconcileInterval, c.ReconcileGrace = time.Hour, time.Hour
	return c
}

// openPool opens a database until the test ends.
func openPool(t testing.TB, url kit.Secret) *pgxpool.Pool {
	t.Helper()
	db, err := pgxpool.New(t.Context(), string(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
