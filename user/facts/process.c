/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * process.c - reads a command line as its interpreter does:
 *
 *   INTERPRETER *( OPTION [VALUE] ) SCRIPT ...
 *   python -m MODULE, java -jar FILE, java CLASS
 *
 * An option that carries code or a command (-c, -e) means that there is no script.
 *
 * Of the script's own arguments only one thing is of interest: whether it is the Serverless Framework,
 * told to run the functions in its own process (serverless-offline).
 */
#include "facts/process.h"

#include <stdlib.h>
#include <string.h>

#include "wire/redact.h"

/* How options of an interpreter are to be read; lists are separated and enclosed by spaces. */
struct interpreter {
	const char *prefix; /* of the program's name */
	const char *valued; /* options whose value is the next argument */
	const char *code;   /* options that replace the script */
	const char *script; /* options whose value is the script */
	char code_letter; /* a group of short options that ends in it (-lc) carries code; 0: none */
};

static const struct interpreter interpreters[] = {
	{ "node",
	  " -r --require --import --loader --experimental-loader -C --conditions --title --inspect-port"
	  " --env-file --icu-data-dir --openssl-config --redirect-warnings --input-type --diagnostic-dir"
	  " --cpu-prof-dir --cpu-prof-name --heap-prof-dir --max-http-header-size --watch-path"
	  " --report-dir --report-directory --report-filename --stack-trace-limit --v8-pool-size ",
	  " -e --eval -p --print ", " ", 'e' },
	{ "python", " -W -X -Q --check-hash-based-pycs ", " -c ", " -m ", 'c' },
	{ "pypy", " -W -X ", " -c ", " -m ", 'c' },
	{ "java",
	  " -cp -classpath --class-path -p --module-path --add-modules --upgrade-module-path"
	  " --add-opens --add-exports --add-reads ",
	  " ", " -jar -m --module ", 0 },
	{ "bash", " -o +o -O +O --rcfile --init-file ", " -c ", " ", 'c' },
	{ "sh", " -o +o ", " -c ", " ", 'c' },
	{ "dash", " -o +o ", " -c ", " ", 'c' },
	{ "zsh", " -o +o ", " -c ", " ", 'c' },
	{ "ruby", " -I -r -C -E -K -T ", " -e ", " ", 'e' },
	{ "perl", " -I -M ", " -e -E ", " ", 'e' },
	{ "php", " -d -c -z ", " -r -B -R -E ", " -f -F ", 'r' },
	{ "deno", " ", " eval ", " ", 0 },
	{ "bun", " ", " -e ", " ", 'e' },
};

/* The string at @next, its length in *ret_bytes; NULL where none is complete. */
static const char *next_string(const char *next, const char *end, size_t *ret_bytes)
{
	const char *nul = next < end ? memchr(next, 0, (size_t)(end - next)) : NULL;

	if (!nul)
		return NULL;
	*ret_bytes = (size_t)(nul - next);
	return next;
}

static bool has_word(const char *list, const char *word)
{
	size_t bytes = strlen(word);

	if (strchr(word, ' '))
		return false;
	for (const char *at = strstr(list, word); bytes && at; at = strstr(at + 1, word))
		if (at[-1] == ' ' && at[bytes] == ' ')
			return true;
	return false;
}

static const char *base_name(const char *text)
{
	const char *slash = strrchr(text, '/');

	return slash ? slash + 1 : text;
}

/* Versions follow the name: python3.11, node20, java17. */
static const struct interpreter *find_interpreter(const char *program)
{
	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		size_t bytes = strlen(interpreters[i].prefix);

		if (strncmp(program, interpreters[i].prefix, bytes) == 0 &&
		    strspn(program + bytes, "0123456789.-") == strlen(program + bytes))
			return &interpreters[i];
	}
	return NULL;
}

static bool is_serverless(const char *script)
{
	static const char *const names[] = { "serverless", "sls", "osls" };
	const char *name = base_name(script);
	size_t bytes = strcspn(name, ".");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == bytes && strncmp(name, names[i], bytes) == 0)
			return true;
	return false;
}

/* The arguments of @script begin at @next. */
static bool runs_functions_itself(const char *script, const char *next, const char *end)
{
	bool is_offline = false, is_in_process = false;
	size_t bytes;

	if (!is_serverless(script))
		return false;
	for (; (next = next_string(next, end, &bytes)); next += bytes + 1) {
		is_offline |= strcmp(next, "offline") == 0;
		is_in_process |= strcmp(next, "--useInProcess") == 0;
	}
	return is_offline && is_in_process;
}

/* Of an absolute path its last part: the folders before it name people and customers. */
static void keep_script(struct process_image *ret, const char *text, const char *end)
{
	const char *kept = *text == '/' ? base_name(text) : text;

	redact_name(ret->script, PROCESS_TEXT_MAX, kept, strlen(kept), "._-+@/:");
	ret->exec.is_in_process = runs_functions_itself(text, text + strlen(text) + 1, end);
}

static void read_script(struct process_image *ret, const struct interpreter *interpreter,
			const char *next, const char *end)
{
	bool is_value = false, is_script = false;
	size_t bytes;

	for (; (next = next_string(next, end, &bytes)); next += bytes + 1) {
		if (is_script) {
			keep_script(ret, next, end);
			return;
		}
		if (is_value) {
			is_value = false;
		} else if (has_word(interpreter->code, next)) {
			return;
		} else if (has_word(interpreter->script, next) || strcmp(next, "--") == 0) {
			is_script = true;
		} else if (has_word(interpreter->valued, next)) {
			is_value = true;
		} else if (*next != '-' && *next != '+') {
			keep_script(ret, next, end);
			return;
		} else if (!next[1] ||
			   (next[1] != '-' && next[bytes - 1] == interpreter->code_letter)) {
			return; /* "-" is standard input */
		}
	}
}

static void read_args(struct process_image *ret, const struct process_strings *strings)
{
	const char *end = strings->args + strings->args_bytes;
	const struct interpreter *interpreter;
	size_t bytes;
	const char *first = next_string(strings->args, end, &bytes);
	const char *program = first ? base_name(first) : "";

	if (*program == '-')
		program++; /* a login shell */
	if (!redact_name(ret->program, PROCESS_TEXT_MAX, program, strlen(program), "._-+@"))
		redact_name(ret->program, PROCESS_TEXT_MAX, strings->name,
			    strnlen(strings->name, strings->name_bytes), "._-+@:/");
	interpreter = find_interpreter(ret->program);
	if (first && interpreter)
		read_script(ret, interpreter, first + bytes + 1, end);
}

static uint32_t read_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits < 10 && !text[digits] ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

/* Architect names a function by its kind and route, such as "@http get /users/:id". */
static void read_function(struct process_image *ret, const char *value)
{
	const char *further = value[0] == '@' ? "_-.@/:* " : "_-.";

	redact_name(ret->function, PROCESS_TEXT_MAX, value, strlen(value), further);
}

static void read_variable(struct process_image *ret, const char *text)
{
	const struct {
		const char *key;
		char *value;
		const char *further;
	} kept[] = {
		{ "AWS_LAMBDA_RUNTIME_API=", ret->runtime_api, "._:-[]/" },
		{ "AWS_LAMBDA_FUNCTION_VERSION=", ret->version, "$_-" },
		{ "_HANDLER=", ret->handler, "._/:-" },
		{ "AWS_LAMBDA_INITIALIZATION_TYPE=", ret->initialization_type, "-" },
	};
	static const char function[] = "AWS_LAMBDA_FUNCTION_NAME=";
	static const char memory[] = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=";
	static const char concurrency[] = "AWS_LAMBDA_MAX_CONCURRENCY=";

	if (*text != 'A' && *text != '_')
		return;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		size_t bytes = strlen(kept[i].key);

		if (strncmp(text, kept[i].key, bytes) == 0)
			redact_name(kept[i].value, PROCESS_TEXT_MAX, text + bytes,
				    strlen(text + bytes), kept[i].further);
	}
	if (strncmp(text, function, sizeof(function) - 1) == 0)
		read_function(ret, text + sizeof(function) - 1);
	if (strncmp(text, memory, sizeof(memory) - 1) == 0)
		ret->exec.memory_mb = read_number(text + sizeof(memory) - 1);
	if (strncmp(text, concurrency, sizeof(concurrency) - 1) == 0)
		ret->exec.max_concurrency = read_number(text + sizeof(concurrency) - 1);
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

void process_image_read(struct process_image *ret, const struct process_strings *strings)
{
	const char *next = strings->env;
	const char *end = strings->env + strings->env_bytes;
	size_t bytes;

	memset(ret, 0, sizeof(*ret));
	read_args(ret, strings);
	for (; (next = next_string(next, end, &bytes)); next += bytes + 1)
		read_variable(ret, next);
	ret->exec.program = or_null(ret->program);
	ret->exec.script = or_null(ret->script);
	ret->exec.runtime_api = or_null(ret->runtime_api);
	ret->exec.function = or_null(ret->function);
	ret->exec.version = or_null(ret->version);
	ret->exec.handler = or_null(ret->handler);
	ret->exec.initialization_type = or_null(ret->initialization_type);
	ret->exec.is_environment_known = strings->env_bytes && strings->is_env_whole;
}
