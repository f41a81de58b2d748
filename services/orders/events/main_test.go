package events_test

import (
	"os"
	"testing"

	"microdemo/kit/kittest"
)

func TestMain(m *testing.M) { kittest.Main(m, os.DirFS("..")) }
