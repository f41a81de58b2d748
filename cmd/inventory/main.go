// Command inventory is the inventory service.
package main

import (
	"microdemo/kit"
	"microdemo/services/inventory"
)

func main() { kit.Main("inventory", inventory.New) }
