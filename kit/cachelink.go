package kit

import (
	"context"
	"errors"
	"net"
	"regexp"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// redisTimeout bounds one attempt to get an answer of Redis.
	redisTimeout = 500 * time.Millisecond

	// generationLife is how long a generation lives when nobody extends it:
	// shorter than redisTimeout, so that it has ended when a writer gives up.
	generationLife = 400 * time.Millisecond

	// beat is how often each process extends the generation.
	beat = generationLife / 4
)

// link is what is known of the way to Redis.
type link struct {
	run     string // which run of Redis the newest connection leads to
	up      bool   // that run answers
	lost    bool   // it did not answer since: what was cached may be outdated
	changes int    // how often any of this has changed
}

// generation is the key that holds the generation. It names the run: a restarted
// Redis may have loaded what it had saved long before it ended.
func (l link) generation() string { return "cache:generation:" + l.run }

func (c *Cache) linkNow() link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link
}

// connect makes the client of Redis. What fails is a miss, at once: there are no
// retries, and no answers remembered from earlier.
func (c *Cache) connect(options *redis.Options) *redis.Client {
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = redisTimeout, redisTimeout, redisTimeout, redisTimeout
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ConnMaxLifetime = c.life // follow a name that leads to another server
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	options.DisableIdentity = true
	options.OnConnect = c.connected
	dial := redis.NewDialer(options)
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return refusedConn{err: err}, nil
		}
		return conn, nil
	}
	return redis.NewClient(options)
}

// refusedConn stands for a connection that did not come to be. The pool of the
// client gives it out once, where for an error it would, after some, stop
// dialing for a while and repeat the last one, though Redis may be back.
type refusedConn struct {
	net.Conn
	err error
}

func (c refusedConn) Read([]byte) (int, error)         { return 0, c.err }
func (c refusedConn) Write([]byte) (int, error)        { return 0, c.err }
func (c refusedConn) Close() error                     { return nil }
func (c refusedConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c refusedConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c refusedConn) SetDeadline(time.Time) error      { return nil }
func (c refusedConn) SetReadDeadline(time.Time) error  { return nil }
func (c refusedConn) SetWriteDeadline(time.Time) error { return nil }

var runID = regexp.MustCompile(`(?m)^run_id:(\w+)`)

// connected looks which run of Redis a new connection leads to, before anything
// else is asked over it.
func (c *Cache) connected(ctx context.Context, conn *redis.Conn) error {
	info, err := conn.Info(ctx, "server").Result()
	var said redis.Error
	if err != nil && !errors.As(err, &said) {
		return err
	}
	run := "unknown" // a server without INFO
	if found := runID.FindStringSubmatch(info); found != nil {
		run = found[1]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if run != c.link.run {
		c.link = link{run: run, lost: c.link.lost, changes: c.link.changes + 1}
	}
	return nil
}

// failed notes that Redis did not do what it was asked.
func (c *Cache) failed(ctx context.Context, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, redis.ErrClosed) {
		return // the process stops
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.link.lost {
		c.log.WarnContext(ctx, "the cache does not answer; reading from the database", "error", err)
	}
	c.link = link{run: c.link.run, lost: true, changes: c.link.changes + 1}
}

// watch extends the generation and sees whether Redis answers, until ctx ends.
func (c *Cache) watch(ctx context.Context) {
	defer close(c.stopped)
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		before := c.linkNow().run
		if c.extend(ctx); before != c.linkNow().run {
			c.extend(ctx) // that of the run it has just come to know
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// A generation whose time is over, or that is not trusted, is replaced.
var extendGeneration = redis.NewScript(`
if ARGV[3] == '1' or redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then
	redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 0`)

func (c *Cache) extend(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	l := c.linkNow()
	err := extendGeneration.Run(ctx, c.client, []string{l.generation()}, ulid.Make().String(), generationLife.Milliseconds(), l.lost).Err()
	if err != nil {
		c.failed(ctx, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.up || c.link != l {
		return
	}
	if l.lost {
		c.log.InfoContext(ctx, "the cache answers again")
	}
	c.link = link{run: l.run, up: true, changes: l.changes + 1}
}
