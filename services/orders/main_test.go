package orders_test

import (
	"os"
	"testing"
	"time"

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
