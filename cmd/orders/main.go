// Command orders is the orders service.
package main

import (
	"microdemo/kit"
	"microdemo/services/orders"
)

func main() { kit.Main("orders", orders.New) }
