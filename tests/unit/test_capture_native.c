/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_capture_native.c - where functions begin and return, in hand-written machine code and in this program.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/elf_symbols.c"
#include "capture/native_binary.c"
#include "capture/native_code.c"

static int read_code(struct native_code *code, const uint8_t *bytes, size_t count, bool is_go)
{
	const struct native_part part = { bytes, count, 0x1000 };

	return native_code_read(code, &part, 1, is_go);
}

static void test_returns(void **state)
{
	static const uint8_t bytes[] = {
		0x55,			      /* push rbp */
		0x75, 0x06,		      /* jne to the second return */
		0xb8, 0xc3, 0xc3, 0xc3, 0xc3, /* mov eax, 0xc3c3c3c3: no returns */
		0xc3,			      /* ret */
		0x5d,			      /* pop rbp */
		0xc3,			      /* ret */
	};
	struct native_code code;

	assert_int_equal(read_code(&code, bytes, sizeof(bytes), false), 0);
	assert_int_equal(code.entry, 0x1000);
	assert_int_equal(code.return_count, 2);
	assert_int_equal(code.returns[0], 0x1008);
	assert_int_equal(code.returns[1], 0x100a);
	assert_false(code.has_other_exits);
	/* cut inside an instruction */
	assert_int_equal(read_code(&code, bytes, 6, false), -EILSEQ);
}

static void test_other_exits(void **state)
{
	static const uint8_t away[] = { 0xe9, 0x00, 0x10, 0x00, 0x00 }; /* jmp +0x1000 */
	static const uint8_t table[] = { 0xff, 0xe0, 0xc3 };		/* jmp rax; ret */
	static const uint8_t hot[] = { 0x0f, 0x84, 0xfa, 0x0f, 0x00, 0x00, 0xc3 }; /* je 0x2000 */
	static const uint8_t cold[] = { 0xc3 };
	const struct native_part parts[] = { { hot, sizeof(hot), 0x1000 },
					     { cold, sizeof(cold), 0x2000 } };
	struct native_code code;

	assert_int_equal(read_code(&code, away, sizeof(away), false), 0);
	assert_true(code.has_other_exits);
	assert_int_equal(read_code(&code, table, sizeof(table), false), 0);
	assert_true(code.has_other_exits);
	assert_int_equal(native_code_read(&code, parts, 1, false), 0);
	assert_true(code.has_other_exits);
	/* what was set apart belongs to it */
	assert_int_equal(native_code_read(&code, parts, 2, false), 0);
	assert_false(code.has_other_exits);
	assert_int_equal(code.return_count, 2);
	assert_int_equal(code.returns[1], 0x2000);
}

/* Behind the check of the stack, which is made again when the stack has grown. */
static void test_go_entry(void **state)
{
	static const uint8_t bytes[] = {
		0x49, 0x3b, 0x66, 0x10, /* cmp rsp, [r14+0x10] */
		0x76, 0x02,		/* jbe */
		0x55,			/* push rbp */
		0xc3,			/* ret */
		0xeb, 0xf6,		/* jmp to the start */
	};
	struct native_code code;

	assert_int_equal(read_code(&code, bytes, sizeof(bytes), true), 0);
	assert_int_equal(code.entry, 0x1006);
	assert_int_equal(code.return_count, 1);
	assert_int_equal(code.returns[0], 0x1007);
	assert_int_equal(read_code(&code, bytes, sizeof(bytes), false), 0);
	assert_int_equal(code.entry, 0x1000);
}

int find_me_please(int number);

__attribute__((noinline)) int find_me_please(int number)
{
	return number + 1;
}

/* Functions of C++ and Rust: one returns and jumps through a table, one only jumps away; rustc names both ways. */
__asm__(".pushsection .text\n"
	".macro function name, size\n"
	".type \\name, @function\n"
	".size \\name, \\size\n"
	"\\name:\n"
	".endm\n"
	"function _ZN4test6switchEi, 7\n"
	"test %edi, %edi\n"
	"js 1f\n"
	"jmp *%rax\n"
	"1: ret\n"
	"function _ZN4test4awayEi, 5\n"
	".byte 0xe9, 0x00, 0x10, 0x00, 0x00\n" /* jmp +0x1000 */
	"function _RNvCs1234_4test6handle, 3\n"
	"jmp *%rax\n"
	"ret\n"
	"function _ZN4test6handle17h0123456789abcdefE, 1\n"
	"ret\n"
	".popsection\n");

static int find(struct native_function *function, const char *path, const char *symbol,
		struct diag *diag)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	assert_true(fd >= 0);
	error = native_binary_find(function, fd, path, symbol, diag);
	close(fd);
	return error;
}

static void test_symbols(void **state)
{
	struct native_function function;
	struct diag diag = { 0 };

	assert_int_equal(find_me_please(1), 2);
	assert_int_equal(find(&function, "/proc/self/exe", "find_me_please", &diag), 0);
	assert_true(function.entry > 0);
	assert_true(function.is_by_return_probe);
	assert_false(function.is_go);
	assert_int_equal(find(&function, "/proc/self/exe", "find_me_pleese", &diag), -ENOENT);
	assert_non_null(strstr(diag.hint, "find_me_please"));
	assert_int_equal(find(&function, "/etc/passwd", "f", &diag), -ENOEXEC);
	assert_int_equal(find(&function, "/", "f", &diag), -ENOEXEC);
	assert_int_equal(find(&function, "/proc/self/exe", "a::::b(<", &diag), -ENOENT);
}

/* A return probe in the way of an exception or a panic ends the program. */
static void test_unwinding(void **state)
{
	struct native_function function;
	struct diag diag = { 0 };

	assert_int_equal(find(&function, "/proc/self/exe", "test::switch", &diag), 0);
	assert_false(function.is_by_return_probe);
	assert_true(function.has_other_exits);
	assert_int_equal(function.return_count, 1);
	assert_int_equal(function.returns[0], function.entry + 6);
	assert_int_equal(find(&function, "/proc/self/exe", "_RNvCs1234_4test6handle", &diag), 0);
	assert_false(function.is_by_return_probe);
	assert_int_equal(function.returns[0], function.entry + 2);
	assert_int_equal(
		find(&function, "/proc/self/exe", "_ZN4test6handle17h0123456789abcdefE", &diag), 0);
	assert_false(function.is_by_return_probe);
	assert_false(function.has_other_exits);
	assert_int_equal(find(&function, "/proc/self/exe", "test::away", &diag), -ENODATA);
	assert_non_null(strstr(diag.text, "test::away"));
	assert_non_null(strstr(diag.hint, "jumps"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_returns),	  cmocka_unit_test(test_other_exits),
		cmocka_unit_test(test_go_entry),  cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_unwinding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
