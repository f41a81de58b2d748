package cache

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
	// redisTimeout bounds one request to Redis.
	redisTimeout = 500 * time.Millisecond

	// generationLife is how long a generation lives unless a process extends it:
	// shorter than redisTimeout, so that it has ended when a writer gives up.
	generationLife = 400 * time.Millisecond

	// beat is how often each process extends the generation.
	beat = generationLife / 4
)

// link is what this process knows of its connection to Redis.
type link struct {
	run     string // the run of Redis that the newest connection leads to
	up      bool   // that run answers
	lost    bool   // it has failed to answer since: entries may be outdated
	changes int    // how often any of this has changed
}

// generation is the key that holds the generation. It names the run: a restarted
// Redis may have loaded data that it saved long before it stopped.
func (l link) generation() string { return "cache:generation:" + l.run }

func (c *Cache) linkNow() link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link
}

// connect makes the Redis client. A failure is a miss at once: the client neither
// retries nor repeats earlier errors.
func (c *Cache) connect(options *redis.Options) *redis.Client {
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = redisTimeout, redisTimeout, redisTimeout, redisTimeout
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ConnMaxLifetime = c.life // follow a name that now leads to another server
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

// refusedConn represents a failed dial. The client's pool hands it out once. Given
// the error itself, the pool would after a few stop dialing for a while and repeat
// the last error, although Redis may be back.
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

// connected learns which run of Redis a new connection leads to, before the
// connection is used.
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

// failed notes that a request to Redis failed.
func (c *Cache) failed(ctx context.Context, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, redis.ErrClosed) {
		return // the process is stopping
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.link.lost {
		c.log.WarnContext(ctx, "the cache does not answer; reading from the database", "error", err)
	}
	c.link = link{run: c.link.run, lost: true, changes: c.link.changes + 1}
}

// watch extends the generation, and so finds out whether Redis answers, until ctx
// ends.
func (c *Cache) watch(ctx context.Context) {
	defer close(c.stopped)
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		before := c.linkNow().run
		if c.extend(ctx); before != c.linkNow().run {
			c.extend(ctx) // the generation of the run that it has just learned of
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// A generation that has expired or is not trusted is replaced.
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
