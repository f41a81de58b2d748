// Package microdemo is the root of the module; the programs are in cmd.
package microdemo
