// Command users is the users service; users admin create creates an admin.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"microdemo/kit"
	"microdemo/services/users"
)

func main() {
	if len(os.Args) == 1 {
		kit.Main("users", users.New)
		return
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

type commands struct {
	Admin struct {
		Create createAdmin `cmd:"" help:"Create an administrator in the database at DATABASE_URL."`
	} `cmd:"" help:"Administrators."`
}

type createAdmin struct {
	Email         string `required:"" help:"The e-mail address to sign in with."`
	PasswordStdin bool   `required:"" help:"Read the password from the first line of standard input: all users of the machine can see arguments."`
	Name          string `default:"Administrator" help:"The administrator's name."`
}

// run runs the command in args and returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	var (
		commands commands
		helped   bool
	)
	parser, err := kong.New(&commands, kong.Name("users"),
		kong.Description("Without arguments, serves with the settings in the environment."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }))
	if err == nil {
		_, err = parser.Parse(args)
	}
	if helped {
		return 0
	}
	if err == nil {
		err = commands.Admin.Create.run(ctx, kit.Secret(getenv("DATABASE_URL")), stdin, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "users: %s\n", err)
		return 1
	}
	return 0
}

func (c createAdmin) run(ctx context.Context, databaseURL kit.Secret, stdin io.Reader, stdout io.Writer) error {
	if databaseURL == "" {
		return errors.New("DATABASE_URL is missing")
	}
	if err := kit.CheckDatabaseURL(databaseURL); err != nil {
		return fmt.Errorf("DATABASE_URL %w", err)
	}
	line, err := bufio.NewReader(io.LimitReader(stdin, 4<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the password: %w", err)
	}
	created, err := users.CreateAdmin(ctx, databaseURL, c.Name, c.Email, strings.TrimRight(line, "\r\n"))
	switch {
	case errors.Is(err, kit.ErrDatabaseAway):
		return errors.New("the database at DATABASE_URL does not answer")
	case err != nil:
		return err
	case created:
		fmt.Fprintf(stdout, "created the admin %s\n", c.Email)
	default:
		fmt.Fprintf(stdout, "the admin %s already exists\n", c.Email)
	}
	return nil
}
