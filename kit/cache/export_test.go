package cache

// RedisTimeout bounds one request to Redis.
const RedisTimeout = redisTimeout
