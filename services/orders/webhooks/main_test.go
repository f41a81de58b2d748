package webhooks_test

import (
	"testing"

	"microdemo/kit/kittest"
)

func TestMain(m *testing.M) { kittest.Main(m) }
