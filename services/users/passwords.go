package users

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"
)

// The parameters that the OWASP Password Storage Cheat Sheet names for argon2id.
var argon = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// passwords hashes and checks passwords. A hash takes a processor for tens of
// milliseconds and 19 MiB, so only as many run at once as there are processors; a
// bounded number of callers wait, further ones are refused.
type passwords struct {
	slots       chan struct{}
	waiting     atomic.Int64
	mostWaiting int64
	dummy       string // the hash to compare with when the user does not exist
}

func newPasswords() *passwords {
	processors := runtime.GOMAXPROCS(0)
	return &passwords{
		slots:       make(chan struct{}, processors),
		mostWaiting: int64(processors) * 64, // a few seconds of work
		dummy: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", argon.Memory, argon.Iterations, argon.Parallelism,
			base64.RawStdEncoding.EncodeToString(make([]byte, argon.SaltLength)),
			base64.RawStdEncoding.EncodeToString(make([]byte, argon.KeyLength))),
	}
}

// hash is what is stored of a password.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.acquire(ctx); err != nil {
		return "", err
	}
	defer p.release()
	hash, err := argon2id.CreateHash(password, argon)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// match reports whether hash is that of the password. With hash "", because the user
// does not exist, it is false and takes as long.
func (p *passwords) match(ctx context.Context, password, hash string) (bool, error) {
	if err := p.acquire(ctx); err != nil {
		return false, err
	}
	defer p.release()
	known := hash != ""
	if !known {
		hash = p.dummy
	}
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return same && known, nil
}

func (p *passwords) acquire(ctx context.Context) error {
	busy := signInBusy.With().RetryIn(2 * time.Second)
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > p.mostWaiting {
		return busy
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return busy.Because(ctx.Err())
	}
}

func (p *passwords) release() { <-p.slots }

// temporary makes a password of 130 random bits to sign in with once.
func (p *passwords) temporary(ctx context.Context) (password, hash string, err error) {
	password = rand.Text()
	hash, err = p.hash(ctx, password)
	return password, hash, err
}
