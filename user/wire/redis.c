/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * redis.c - see redis.h. Both directions are the same grammar of values: a value is a line, a line and
 * a bulk of bytes, or a line and more values. Nothing is nested here: what counts is how many values are
 * missing until the outermost one is whole.
 */
#include "wire/redis.h"

#include <string.h>
#include <strings.h>

#define VALUES_MAX (1ull << 40)
#define LENGTH_MAX (1ull << 40)
#define ARGUMENTS_MAX (1u << 20)

/* What a client sends before it does anything. */
static const char *const connecting[] = { "HELLO", "AUTH", "CLIENT", "SELECT", "INFO", "READONLY" };

static const char *const commands[] = {
	"GET",
	"SET",
	"MGET",
	"MSET",
	"SETEX",
	"PSETEX",
	"SETNX",
	"MSETNX",
	"GETSET",
	"GETDEL",
	"GETEX",
	"APPEND",
	"STRLEN",
	"INCR",
	"DECR",
	"INCRBY",
	"DECRBY",
	"INCRBYFLOAT",
	"GETRANGE",
	"SETRANGE",
	"SUBSTR",
	"GETBIT",
	"SETBIT",
	"BITCOUNT",
	"BITPOS",
	"BITOP",
	"BITFIELD",
	"DEL",
	"UNLINK",
	"EXISTS",
	"EXPIRE",
	"PEXPIRE",
	"EXPIREAT",
	"PEXPIREAT",
	"EXPIRETIME",
	"PEXPIRETIME",
	"TTL",
	"PTTL",
	"PERSIST",
	"TYPE",
	"KEYS",
	"SCAN",
	"RANDOMKEY",
	"RENAME",
	"RENAMENX",
	"MOVE",
	"COPY",
	"DUMP",
	"RESTORE",
	"SORT",
	"SORT_RO",
	"TOUCH",
	"OBJECT",
	"HGET",
	"HSET",
	"HSETNX",
	"HMGET",
	"HMSET",
	"HGETALL",
	"HDEL",
	"HEXISTS",
	"HKEYS",
	"HVALS",
	"HLEN",
	"HINCRBY",
	"HINCRBYFLOAT",
	"HSCAN",
	"HSTRLEN",
	"HRANDFIELD",
	"HEXPIRE",
	"HTTL",
	"LPUSH",
	"RPUSH",
	"LPUSHX",
	"RPUSHX",
	"LPOP",
	"RPOP",
	"LLEN",
	"LRANGE",
	"LINDEX",
	"LINSERT",
	"LREM",
	"LSET",
	"LTRIM",
	"LPOS",
	"LMOVE",
	"RPOPLPUSH",
	"LMPOP",
	"BLPOP",
	"BRPOP",
	"BLMOVE",
	"BRPOPLPUSH",
	"BLMPOP",
	"SADD",
	"SREM",
	"SMEMBERS",
	"SISMEMBER",
	"SMISMEMBER",
	"SCARD",
	"SPOP",
	"SRANDMEMBER",
	"SMOVE",
	"SINTER",
	"SINTERSTORE",
	"SINTERCARD",
	"SUNION",
	"SUNIONSTORE",
	"SDIFF",
	"SDIFFSTORE",
	"SSCAN",
	"ZADD",
	"ZREM",
	"ZSCORE",
	"ZMSCORE",
	"ZINCRBY",
	"ZCARD",
	"ZCOUNT",
	"ZRANGE",
	"ZRANGEBYSCORE",
	"ZREVRANGE",
	"ZREVRANGEBYSCORE",
	"ZRANGEBYLEX",
	"ZRANGESTORE",
	"ZRANK",
	"ZREVRANK",
	"ZPOPMIN",
	"ZPOPMAX",
	"BZPOPMIN",
	"BZPOPMAX",
	"ZMPOP",
	"BZMPOP",
	"ZREMRANGEBYSCORE",
	"ZREMRANGEBYRANK",
	"ZREMRANGEBYLEX",
	"ZUNION",
	"ZUNIONSTORE",
	"ZINTER",
	"ZINTERSTORE",
	"ZDIFF",
	"ZSCAN",
	"ZRANDMEMBER",
	"ZLEXCOUNT",
	"XADD",
	"XREAD",
	"XREADGROUP",
	"XRANGE",
	"XREVRANGE",
	"XLEN",
	"XDEL",
	"XTRIM",
	"XACK",
	"XGROUP",
	"XPENDING",
	"XCLAIM",
	"XAUTOCLAIM",
	"XINFO",
	"PFADD",
	"PFCOUNT",
	"PFMERGE",
	"GEOADD",
	"GEODIST",
	"GEOPOS",
	"GEOHASH",
	"GEORADIUS",
	"GEOSEARCH",
	"GEOSEARCHSTORE",
	"MULTI",
	"EXEC",
	"DISCARD",
	"WATCH",
	"UNWATCH",
	"EVAL",
	"EVALSHA",
	"EVAL_RO",
	"EVALSHA_RO",
	"FCALL",
	"FCALL_RO",
	"FUNCTION",
	"SCRIPT",
	"PUBLISH",
	"SPUBLISH",
	"SUBSCRIBE",
	"PSUBSCRIBE",
	"SSUBSCRIBE",
	"UNSUBSCRIBE",
	"PUNSUBSCRIBE",
	"SUNSUBSCRIBE",
	"PUBSUB",
	"PING",
	"ECHO",
	"AUTH",
	"HELLO",
	"SELECT",
	"CLIENT",
	"COMMAND",
	"CONFIG",
	"INFO",
	"QUIT",
	"RESET",
	"DBSIZE",
	"FLUSHDB",
	"FLUSHALL",
	"SAVE",
	"BGSAVE",
	"TIME",
	"WAIT",
	"WAITAOF",
	"ROLE",
	"MONITOR",
	"SYNC",
	"PSYNC",
	"READONLY",
	"READWRITE",
	"ASKING",
	"CLUSTER",
	"SWAPDB",
	"MEMORY",
	"LATENCY",
	"SLOWLOG",
	"ACL",
	"DEBUG",
	"MODULE",
	"LOLWUT",
	"JSON.GET",
	"JSON.SET",
	"JSON.DEL",
	"JSON.MGET",
	"FT.SEARCH",
	"FT.AGGREGATE",
	"FT.CREATE",
};

static bool is_word(const struct redis_side *side, const char *word)
{
	return strcasecmp(side->word, word) == 0;
}

static bool is_in(const char *command, const char *const list[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(command, list[i]) == 0)
			return true;
	return false;
}

static const char *find_command(const struct redis_side *side)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (is_word(side, commands[i]))
			return commands[i];
	return NULL;
}

/* SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and their opposites. */
static bool is_subscribing(const char *command)
{
	size_t bytes = strlen(command);

	return bytes >= 9 && strcasecmp(command + bytes - 9, "SUBSCRIBE") == 0;
}

void redis_init(struct redis *redis, const struct dialog_events *events, void *context,
		bool is_from_start)
{
	memset(redis, 0, sizeof(*redis));
	redis->events = events;
	redis->context = context;
	redis->has_worked = !is_from_start;
}

void redis_resume(struct redis *redis)
{
	redis->answered.state = REDIS_START;
	redis->answered.values_left = 0;
	redis->is_reply_begun = false;
}

static void leave(struct redis *redis)
{
	redis->has_left = true;
	redis->events->leave(redis->context, DIALOG_LEAVE_UNKNOWN);
}

/* ---- both directions ---- */

static void begin_line(struct redis_side *side)
{
	side->state = REDIS_LINE;
	side->line_bytes = 0;
	side->is_line_long = false;
}

/* Takes bytes of a line; true at its end, where `line` holds its start without CRLF. */
static bool take_line(struct redis_side *side, struct stream_run *input)
{
	while (input->bytes) {
		char byte = (char)*input->data++;

		input->bytes--;
		if (byte == '\n')
			return true;
		if (byte == '\r')
			continue;
		if (side->line_bytes == REDIS_LINE_MAX - 1)
			side->is_line_long = true;
		else
			side->line[side->line_bytes++] = byte;
		side->line[side->line_bytes] = 0;
	}
	return false;
}

/* The number of a line; -1: null; false where it is none, or too large. */
static bool read_number(const struct redis_side *side, int64_t *ret)
{
	const char *digit = side->line + 1;

	*ret = 0;
	if (side->is_line_long || side->line_bytes < 2)
		return false;
	if (strcmp(digit, "-1") == 0) {
		*ret = -1;
		return true;
	}
	for (; *digit >= '0' && *digit <= '9' && *ret < (int64_t)LENGTH_MAX; digit++)
		*ret = *ret * 10 + (*digit - '0');
	return !*digit;
}

static void begin_bulk(struct redis_side *side, uint64_t bytes)
{
	side->state = REDIS_BULK;
	side->bulk_left = bytes + 2;
	if (side->is_in_word) {
		side->word_bytes = 0;
		side->word[0] = 0;
		if (bytes > REDIS_WORD_MAX)
			side->is_in_word = false;
	}
}

/* Takes bytes of a bulk; true at its end. */
static bool take_bulk(struct redis_side *side, struct stream_run *input)
{
	uint64_t bytes = input->bytes < side->bulk_left ? input->bytes : side->bulk_left;

	for (uint64_t i = 0; side->is_in_word && i < bytes && side->bulk_left - i > 2; i++) {
		side->word[side->word_bytes++] = input->data ? (char)input->data[i] : '?';
		side->word[side->word_bytes] = 0;
	}
	side->bulk_left -= bytes;
	input->bytes -= bytes;
	if (input->data)
		input->data += bytes;
	return !side->bulk_left;
}

/* ---- commands ---- */

static void end_question(struct redis *redis)
{
	struct dialog_question question = {
		.operation = redis->operation,
		.awaits = redis->awaits,
		.connects = redis->connects,
		.has_gap = redis->has_gap,
	};

	redis->is_open = false;
	redis->events->question_end(redis->context, &question);
}

/* The command at hand is one more of the question. */
static void count_command(struct redis *redis)
{
	const char *command = redis->command;
	bool connects = command && !redis->has_worked &&
			is_in(command, connecting, sizeof(connecting) / sizeof(connecting[0]));

	if (!connects) {
		if (redis->connects || !redis->operation)
			redis->operation = command;
		redis->connects = false;
		redis->has_worked = true;
	} else if (!redis->operation) {
		redis->operation = command;
	}
	if (command && is_subscribing(command)) {
		redis->is_subscribed = true;
		redis->awaits += redis->arguments > 1 ? redis->arguments - 1 : 1;
	} else {
		redis->awaits++;
	}
}

static void end_command(struct redis *redis)
{
	redis->asked.state = REDIS_START;
	count_command(redis);
	if (redis->is_reply_off)
		leave(redis);
}

static void end_argument(struct redis *redis)
{
	struct redis_side *side = &redis->asked;
	bool is_first = side->values_left == redis->arguments;

	if (is_first)
		redis->command = side->is_in_word ? find_command(side) : NULL;
	else if (side->is_in_word)
		redis->is_reply_off = is_word(side, "REPLY");
	side->is_in_word = is_first && redis->command && strcmp(redis->command, "CLIENT") == 0;
	if (--side->values_left)
		begin_line(side);
	else
		end_command(redis);
}

static void begin_command(struct redis *redis)
{
	redis->command = NULL;
	redis->is_reply_off = false;
	begin_line(&redis->asked);
	redis->asked.values_left = 0;
	if (redis->is_open)
		return;
	redis->is_open = true;
	redis->has_gap = false;
	redis->connects = true;
	redis->awaits = 0;
	redis->operation = NULL;
	redis->events->question_begin(redis->context);
}

static void end_asked_line(struct redis *redis)
{
	struct redis_side *side = &redis->asked;
	bool is_command = !side->values_left;
	int64_t number;

	if (side->line[0] != (is_command ? '*' : '$') || !read_number(side, &number) ||
	    number < is_command || number > (is_command ? ARGUMENTS_MAX : (int64_t)LENGTH_MAX)) {
		leave(redis);
		return;
	}
	if (is_command) {
		redis->arguments = (uint32_t)number;
		side->values_left = redis->arguments;
		side->is_in_word = true;
		begin_line(side);
	} else {
		begin_bulk(side, (uint64_t)number);
	}
}

/* A hole lies where the next command, or the rest of one, is: at least that one was sent. */
static void lose_commands(struct redis *redis)
{
	if (redis->is_open && redis->asked.state != REDIS_START)
		count_command(redis);
	redis->asked.state = REDIS_LOST;
	redis->has_gap = true;
}

/* An operation that begins like a command is taken for one. False: it was skipped. */
static bool find_command_start(struct redis *redis, struct stream_run *input)
{
	if (input->is_operation_start && input->data &&
	    redis_match_start(input->data, (size_t)input->bytes)) {
		redis->asked.state = REDIS_START;
		return true;
	}
	if (input->is_operation_end && redis->is_open) {
		if (!redis->awaits)
			redis->awaits = 1;
		end_question(redis);
	}
	return false;
}

void redis_ask(struct redis *redis, struct stream_run *input)
{
	struct redis_side *side = &redis->asked;

	if (side->state == REDIS_LOST && !find_command_start(redis, input))
		return;
	while (input->bytes && !redis->has_left) {
		if (side->state == REDIS_START && input->data)
			begin_command(redis);
		if (side->state == REDIS_BULK) {
			if (take_bulk(side, input))
				end_argument(redis);
		} else if (!input->data) {
			lose_commands(redis);
			find_command_start(redis, input);
			return;
		} else if (take_line(side, input)) {
			end_asked_line(redis);
		}
	}
	if (redis->is_open && !redis->has_left && side->state == REDIS_START &&
	    input->is_operation_end)
		end_question(redis);
}

/* ---- replies ---- */

static bool is_message_word(const struct redis_side *side)
{
	return is_word(side, "message") || is_word(side, "pmessage") || is_word(side, "smessage");
}

static void end_reply(struct redis *redis)
{
	struct redis_side *side = &redis->answered;
	struct dialog_answer answer = { .kind = DIALOG_ACKNOWLEDGED };
	bool is_push = redis->reply_type == '>'
			       ? !is_subscribing(side->word)
			       : redis->reply_type == '*' && redis->is_subscribed &&
					 is_message_word(side);
	char error[TOKEN_MAX];

	side->state = REDIS_START;
	redis->is_reply_begun = false;
	if (is_push)
		return;
	if (redis->reply_type == '-') {
		answer.kind = DIALOG_FAILED;
		if (redact_name(error, sizeof(error), side->word, strlen(side->word), ""))
			answer.error = error;
	}
	redis->events->answer(redis->context, &answer);
}

static void end_value(struct redis *redis)
{
	struct redis_side *side = &redis->answered;

	side->is_in_word = false;
	side->state = REDIS_START;
	if (!--side->values_left)
		end_reply(redis);
}

/* "-WRONGTYPE Operation ..." */
static void read_error_word(struct redis_side *side)
{
	size_t bytes = strcspn(side->line + 1, " ");

	side->word[0] = 0;
	if (bytes <= REDIS_WORD_MAX &&
	    strspn(side->line + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == bytes) {
		memcpy(side->word, side->line + 1, bytes);
		side->word[bytes] = 0;
	}
}

static void end_aggregate(struct redis *redis, int64_t count, bool is_attribute)
{
	struct redis_side *side = &redis->answered;
	bool is_outermost = side->values_left == 1 && !is_attribute;

	if (count < 0)
		count = 0;
	side->values_left += (uint64_t)count;
	/* A push, or a message to a subscriber, says what it is in its first element. */
	if (is_outermost && count && (redis->reply_type == '>' || redis->is_subscribed)) {
		side->is_in_word = true;
		side->word[0] = 0;
	}
	side->state = REDIS_START;
	if (is_attribute)
		return;
	if (!--side->values_left)
		end_reply(redis);
}

static void end_answered_line(struct redis *redis)
{
	struct redis_side *side = &redis->answered;
	char type = side->line[0];
	int64_t number = 0;
	bool is_number = read_number(side, &number);

	if (strchr("*%~>|$=!", type) && (!is_number || side->values_left > VALUES_MAX)) {
		leave(redis); /* streamed types, which no server sends */
		return;
	}
	switch (type) {
	case '-':
		read_error_word(side);
		end_value(redis);
		break;
	case '*':
	case '~':
	case '>':
		end_aggregate(redis, number, false);
		break;
	case '%':
		end_aggregate(redis, number * 2, false);
		break;
	case '|':
		end_aggregate(redis, number * 2, true);
		break;
	case '$':
	case '=':
	case '!':
		if (number < 0)
			end_value(redis);
		else
			begin_bulk(side, (uint64_t)number);
		break;
	default:
		end_value(redis);
	}
}

static void begin_value(struct redis *redis, char type)
{
	struct redis_side *side = &redis->answered;

	if (!type || !strchr("+-:$*_#,(!=%~>|", type)) {
		leave(redis);
		return;
	}
	if (!side->values_left) {
		side->values_left = 1;
		side->is_in_word = false;
		side->word[0] = 0;
		redis->reply_type = 0;
	}
	if (!redis->is_reply_begun && type != '>' && redis->reply_type != '>') {
		redis->is_reply_begun = true;
		redis->events->answer_begin(redis->context);
	}
	if (!redis->reply_type && type != '|')
		redis->reply_type = type;
	begin_line(side);
}

void redis_answer(struct redis *redis, struct stream_run *input)
{
	struct redis_side *side = &redis->answered;

	while (input->bytes && !redis->has_left && side->state != REDIS_LOST) {
		if (side->state == REDIS_BULK) {
			if (take_bulk(side, input))
				end_value(redis);
		} else if (!input->data) {
			side->state = REDIS_LOST;
			redis->events->answer_lost(redis->context);
		} else if (side->state == REDIS_START) {
			begin_value(redis, (char)*input->data);
		} else if (take_line(side, input)) {
			end_answered_line(redis);
		}
	}
}

/* ---- recognition ---- */

int redis_match_start(const uint8_t *data, size_t bytes)
{
	size_t at = 1;

	if (!bytes)
		return -1;
	if (data[0] != '*')
		return 0;
	while (at < bytes && at < 8 && data[at] >= '0' && data[at] <= '9')
		at++;
	if (at == 8 || (at < bytes && (at == 1 || data[1] == '0')))
		return 0;
	for (const char *rest = "\r\n$"; *rest; rest++, at++)
		if (at >= bytes || data[at] != (uint8_t)*rest)
			return at >= bytes ? -1 : 0;
	return 1;
}
