/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_wire_v8_clone.c - structured clones as node 20's v8.serialize writes them: what they are, and
 * digests that equal those of the JSON that JSON.stringify prints of the same value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "wire/v8_clone.h"

static const uint8_t key[16] = "0123456789abcdef";

static size_t unhex(uint8_t *data, const char *hex)
{
	size_t bytes = strlen(hex) / 2;

	for (size_t i = 0; i < bytes; i++) {
		char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		data[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return bytes;
}

static void read_hex(struct v8_clone *ret, const char *hex)
{
	uint8_t *data = malloc(strlen(hex) / 2 + 1);
	size_t bytes = unhex(data, hex);

	v8_clone_read(ret, data, bytes, true, key);
	free(data);
}

static const struct {
	const char *hex;
	const char *json; /* NULL: no digest may be given */
} values[] = {
	/* strings, integers, doubles, arrays, Latin-1, UTF-16 with a pair, undefined, integer keys */
	{ "ff0f6f490022047a65726f220161490222016249092201634e000000000000f83f220164410349024904490624"
	  "0003220165630efc00226f3dd800de22005c000a0022016641002400002201676f7b0022016849c0cf242201"
	  "694e000000000000f04122016b3022016c5f22016d5422016e4622016f4e00000000000000807b0f",
	  "{\"0\":\"zero\",\"a\":1,\"b\":-5,\"c\":1.5,\"d\":[1,2,3],\"e\":\"\u00fc\u6f22\U0001f600\\\"\\\\\\n\","
	  "\"f\":[],\"g\":{},\"h\":300000,\"i\":4294967296,\"k\":null,\"m\":true,\"n\":false,\"o\":0}" },
	{ "ff0f6f2201784effffffffffff3f432201794e9a9999999999b93f22017a4ec976be9f0c24fe4022017749ffff"
	  "ffff0f2201754e0000e0ffffffef417b05",
	  "{\"x\":9007199254740991,\"y\":0.1,\"z\":123456.789,\"w\":-2147483648,\"u\":4294967295}" },
	{ "ff0f2205706c61696e", "\"plain\"" },
	{ "ff0f41014101410141016f22016141016f7b002400017b01240001240001240001240001",
	  "[[[[{\"a\":[{}]}]]]]" },
	{ "ff0f6f0063083a043b044e044704631037043d043004470435043d04380435047b01",
	  "{\"\u043a\u043b\u044e\u0447\":\"\u0437\u043d\u0430\u0447\u0435\u043d\u0438\u0435\"}" },
	/* the same object three times */
	{ "ff0f41036f22017349027b015e016f2201745e017b01240003",
	  "[{\"s\":1},{\"s\":1},{\"t\":{\"s\":1}}]" },
	{ "ff0f6f2201645f7b01", "{}" },
	/* sparse arrays: empty, and [1,,3] */
	{ "ff0f6f2207636f6f6b6965736100400000"
	  "7b01",
	  "{\"cookies\":[]}" },
	{ "ff0f6103490049024904490640"
	  "0203",
	  "[1,null,3]" },
	{ "ff0f610240"
	  "0002",
	  "[null,null]" },
	{ "ff0f5f", NULL },				/* undefined */
	{ "ff0f6f2201644400000000000000007b01", NULL }, /* a date */
	{ "ff0f6f2201654e48afbc9af2d77a3e7b01", NULL }, /* 1e-7 */
	{ "ff0f6f2201654e50efe2d6e41a4b447b01", NULL }, /* 1e21 */
	{ "ff0f6f2201635e007b01", NULL },		/* refers to itself */
	{ "ff0f61ffffffff0f4000ffffffff0f", NULL },	/* four billion holes */
	{ "ff0f6f2201615e057b01", NULL },		/* refers to what is not there */
};

static void test_values(void **state)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct v8_clone clone;
		uint64_t digest;

		read_hex(&clone, values[i].hex);
		assert_int_equal(clone.clone_class, V8_CLONE_VALUE);
		assert_int_equal(clone.has_digest, values[i].json != NULL);
		if (!values[i].json)
			continue;
		assert_int_equal(json_canonical_digest(values[i].json, strlen(values[i].json), key,
						       &digest),
				 0);
		assert_int_equal(clone.json_digest, digest);
		assert_int_equal(clone.json_bytes, strlen(values[i].json));
	}
}

#define EVENT_CONTEXT                                                                                  \
	"ff0f6f2207636f6e746578746f220c617773526571756573744964222462326637663963652d306432662d346133" \
	"632d396635352d306638613466336237613131221e63616c6c6261636b5761697473466f72456d7074794576656e" \
	"744c6f6f7054220d636c69656e74436f6e746578745f220c66756e6374696f6e4e616d65220162220f66756e6374" \
	"696f6e56657273696f6e2207244c415445535422086964656e746974795f2212696e766f6b656446756e6374696f" \
	"6e41726e22206f66666c696e655f696e766f6b656446756e6374696f6e41726e5f666f725f62220c6c6f6747726f" \
	"75704e616d65221a6f66666c696e655f6c6f6747726f75704e616d655f666f725f62220d6c6f6753747265616d4e" \
	"616d65221b6f66666c696e655f6c6f6753747265616d4e616d655f666f725f62220f6d656d6f72794c696d697449" \
	"6e4d422204313032347b0a"
/* ,"event":{"n":1,"text":"hi"}, then "port": a transferred MessagePort */
#define EVENT_REST "22056576656e746f22016e4902220474657874220268697b022204706f72745c00"

static void test_event(void **state)
{
	static const char event[] = "{ \"text\": \"hi\", \"n\": 1.0 }";
	struct v8_clone clone;
	uint64_t digest;

	read_hex(&clone, EVENT_CONTEXT EVENT_REST);
	assert_int_equal(clone.clone_class, V8_CLONE_EVENT);
	assert_string_equal(clone.request_id, "b2f7f9ce-0d2f-4a3c-9f55-0f8a4f3b7a11");
	assert_string_equal(clone.function, "b");
	assert_string_equal(clone.arn, "offline_invokedFunctionArn_for_b");
	assert_int_equal(clone.memory_mb, 1024);
	assert_true(clone.has_digest);
	assert_int_equal(json_canonical_digest(event, strlen(event), key, &digest), 0);
	assert_int_equal(clone.json_digest, digest);
}

/* Cut anywhere it is read as far as it goes, and never beyond. */
static void test_cuts(void **state)
{
	uint8_t *data = malloc(sizeof(EVENT_CONTEXT EVENT_REST) / 2);
	size_t bytes = unhex(data, EVENT_CONTEXT EVENT_REST);

	for (size_t cut = 0; cut < bytes; cut++) {
		uint8_t *part = malloc(cut + 1);
		struct v8_clone clone;

		memcpy(part, data, cut);
		v8_clone_read(&clone, part, cut, false, key);
		if (cut > 80)
			assert_int_equal(clone.clone_class, V8_CLONE_EVENT);
		if (cut > 80)
			assert_string_equal(clone.request_id,
					    "b2f7f9ce-0d2f-4a3c-9f55-0f8a4f3b7a11");
		if (clone.has_digest)
			assert_true(cut + 10 > bytes);
		free(part);
	}
	free(data);
}

static void test_classes(void **state)
{
	static const struct {
		const char *hex;
		enum v8_clone_class expected;
	} cases[] = {
		{ "ff0f6f220474797065220c7570416e6452756e6e696e677b01", V8_CLONE_INTERNAL },
		{ "ff0f6f220474797065220c737464696f5061796c6f6164220673747265616d22067374646f757422066368"
		  "756e6b7341016f22056368756e6b220368690a2208656e636f64696e672204757466387b022400017b03",
		  V8_CLONE_INTERNAL },
		{ "ff0f6f2204617267764100240000220474797065220a6c6f6164536372697074220866696c656e616d65"
		  "22022f787b03",
		  V8_CLONE_INTERNAL },
		{ "ff0f6f2204747970652212737464696f57616e74734d6f726544617461220673747265616d220573746469"
		  "6e7b02",
		  V8_CLONE_INTERNAL },
		{ "ff0f6f2204747970652203666f6f7b01", V8_CLONE_VALUE },
		{ "ff0f72546d2204626f6f6d7322", V8_CLONE_ERROR },
		{ "ff0f", V8_CLONE_UNKNOWN },
		{ "00000000", V8_CLONE_UNKNOWN },
		{ "", V8_CLONE_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct v8_clone clone;

		read_hex(&clone, cases[i].hex);
		assert_int_equal(clone.clone_class, cases[i].expected);
	}
}

/* Node 24's loadScript for serverless-offline's worker: shared memory, then {timeout: 30000}. */
#define LOAD_SCRIPT                                                                                    \
	"ff0f6f2204617267765f220474797065220a6c6f6164536372697074220866696c656e616d65220968656c706572" \
	"2e6a732206646f4576616c46220a6973496e7465726e616c46220a637764436f756e74657275005644000400220a" \
	"776f726b6572446174616f2207636f646544697222042f617070220b66756e6374696f6e4b657922016222076861" \
	"6e646c6572220d7372632f776f726b6572732e62220b736572766963655061746822042f617070220774696d656f" \
	"757449e0d4037b05220f656e7669726f6e6d656e74446174613b3a002208686173537464696e46220a7075626c69" \
	"63506f72745c01220e6d61696e546872656164506f72745c007b0b"

static void test_timeout(void **state)
{
	struct v8_clone clone;
	uint8_t *data;
	size_t bytes;

	read_hex(&clone, LOAD_SCRIPT);
	assert_int_equal(clone.clone_class, V8_CLONE_INTERNAL);
	assert_int_equal(clone.timeout_ms, 30000);
	/* Cut anywhere it is that or nothing. */
	data = malloc(sizeof(LOAD_SCRIPT) / 2);
	bytes = unhex(data, LOAD_SCRIPT);
	for (size_t i = 0; i < bytes; i++) {
		v8_clone_read(&clone, data, i, false, key);
		assert_true(clone.timeout_ms == 0 || clone.timeout_ms == 30000);
		assert_false(clone.has_digest);
	}
	free(data);
	/* {type: "loadScript", workerData: {timeout: 5}}: somebody else's worker */
	read_hex(&clone, "ff0f6f220474797065220a6c6f6164536372697074220a776f726b6572446174616f2207"
			 "74696d656f7574490a7b017b02");
	assert_int_equal(clone.timeout_ms, 0);
}

/* What holds shared memory has no digest. */
static void test_shared_memory(void **state)
{
	struct v8_clone clone;

	read_hex(&clone, "ff0f6f22016175005644000400220162490a7b02"); /* {a: Uint32Array, b: 5} */
	assert_int_equal(clone.clone_class, V8_CLONE_VALUE);
	assert_false(clone.has_digest);
	read_hex(&clone, "ff0f410275005e00240002"); /* [buffer, the same]: not converted */
	assert_false(clone.has_digest);
}

/* Deep and self-repeating input stays within bounds. */
static void test_bounds(void **state)
{
	uint8_t data[4096] = { 0xff, 0x0f };
	struct v8_clone clone;
	size_t used = 2;

	for (size_t i = 2; i < sizeof(data); i += 2) {
		data[i] = 'A';
		data[i + 1] = 1;
	}
	v8_clone_read(&clone, data, sizeof(data), true, key);
	assert_false(clone.has_digest);

	/* [[x,x],[^1,^1],[^2,^2],...]: each doubles the text of the one before */
	data[used++] = 'A';
	data[used++] = 60;
	used += unhex(data + used, "41025454240002");
	for (uint8_t i = 1; i < 60; i++) {
		const uint8_t doubled[] = { 'A', 2, '^', i, '^', i, '$', 0, 2 };

		memcpy(data + used, doubled, sizeof(doubled));
		used += sizeof(doubled);
	}
	used += unhex(data + used, "24003c");
	v8_clone_read(&clone, data, used, true, key);
	assert_int_equal(clone.clone_class, V8_CLONE_VALUE);
	assert_false(clone.has_digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	cmocka_unit_test(test_event),
		cmocka_unit_test(test_cuts),	cmocka_unit_test(test_classes),
		cmocka_unit_test(test_timeout), cmocka_unit_test(test_shared_memory),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
