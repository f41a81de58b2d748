package terminal

// Cause is the innermost of a chain of errors: the reason, without the calls it
// passed through.
func Cause(err error) error {
	for {
		switch e := err.(type) { //nolint:errorlint // it takes the chain apart itself
		case interface{ Unwrap() error }:
			inner := e.Unwrap()
			if inner == nil {
				return err
			}
			err = inner
		case interface{ Unwrap() []error }:
			all := e.Unwrap()
			if len(all) == 0 {
				return err
			}
			err = all[len(all)-1]
		default:
			return err
		}
	}
}
