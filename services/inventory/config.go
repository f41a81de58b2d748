package inventory

import "microdemo/kit"

// Config is what the inventory service reads from its environment.
type Config struct {
	kit.Settings
	UsersURL string `env:"USERS_URL" envDefault:"http://users:8000"`
}

// Problems lists what is wrong with the configuration.
func (c Config) Problems() []error {
	return append(c.Settings.Problems(), kit.CheckServiceURL("USERS_URL", c.UsersURL)...)
}
