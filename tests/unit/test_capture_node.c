// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_capture_node.c - which processes are told to be blind where Node is a shared library. Includes the
 * module; what reads programs and mappings is replaced: "node" has nothing of a Node, libnode.so tells a
 * version, and has the functions or not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/held_file.c"
#include "capture/node_probe.c"

#define FIRST 7001 /* process ids that only the replacements see */
#define SECOND 7002
#define THIRD 7003

static char folder[] = "/tmp/idletax-node-XXXXXX";
static char executable[64], library[64];
static int mapping_error; /* of all processes but FIRST */
static int first_mapping_error;
static bool has_symbols;
static unsigned int attached_count;

void node_binary_read(struct node_binary *binary, int fd, bool is_thorough)
{
	struct stat status, library_status;

	*binary = (struct node_binary){ 0 };
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(stat(library, &library_status), 0);
	if (status.st_ino != library_status.st_ino)
		return;
	snprintf(binary->version, sizeof(binary->version), "v18.20.4");
	binary->send = has_symbols ? 0x1000 : 0;
	binary->receive = has_symbols ? 0x2000 : 0;
}

int uprobes_attach(struct uprobes *uprobes, const struct bpf_program *probe,
		   const struct uprobe_target *target)
{
	attached_count++;
	return 0;
}

int proc_find_mapping(pid_t pid, const char *prefix, char ret_path[PROC_MAPPING_MAX])
{
	snprintf(ret_path, PROC_MAPPING_MAX, "%s", library);
	return pid == FIRST ? first_mapping_error : mapping_error;
}

static unsigned int blind_counts[THIRD - FIRST + 1];

static void note_blind(void *context, pid_t pid, struct record_blind_spot *record)
{
	assert_int_equal(record->reason, RECORD_BLIND_NO_SYMBOLS);
	assert_string_equal(record->program, "node");
	assert_string_equal(record->version, "v18.20.4");
	blind_counts[pid - FIRST]++;
}

static void expect_blind(unsigned int first, unsigned int second, unsigned int third)
{
	assert_int_equal(blind_counts[0], first);
	assert_int_equal(blind_counts[1], second);
	assert_int_equal(blind_counts[2], third);
}

static void start(struct node_probes *probes, pid_t pid)
{
	struct held_file file;

	assert_int_equal(held_file_open(&file, executable), 0);
	consider_file(probes, pid, &file);
	held_file_close(&file);
}

static int begin(void **state)
{
	static const struct node_probes_options options = { .blind = note_blind };
	struct node_probes *probes;

	memset(blind_counts, 0, sizeof(blind_counts));
	mapping_error = first_mapping_error = -ENOENT;
	has_symbols = false;
	attached_count = 0;
	if (node_probes_new(&probes, &options))
		return -1;
	*state = probes;
	return 0;
}

static int end(void **state)
{
	node_probes_free(*state);
	return 0;
}

/* The second process starts before anything is known of the library. */
static void two_at_once(void **state)
{
	struct node_probes *probes = *state;

	start(probes, FIRST);
	node_probes_retry(probes);
	start(probes, SECOND);
	node_probes_retry(probes);
	expect_blind(0, 0, 0);
	first_mapping_error = 0;
	node_probes_retry(probes);
	expect_blind(1, 0, 0);
	mapping_error = 0;
	node_probes_retry(probes);
	expect_blind(1, 1, 0);
	start(probes, THIRD); /* known by now */
	expect_blind(1, 1, 1);
	node_probes_retry(probes);
	expect_blind(1, 1, 1);
}

static void first_ends_early(void **state)
{
	struct node_probes *probes = *state;

	start(probes, FIRST);
	start(probes, SECOND);
	first_mapping_error = -ESRCH;
	node_probes_retry(probes);
	start(probes, THIRD);
	mapping_error = 0;
	node_probes_retry(probes);
	expect_blind(0, 1, 1);
}

static void one_twice(void **state)
{
	struct node_probes *probes = *state;

	start(probes, FIRST);
	start(probes, FIRST);
	first_mapping_error = 0;
	node_probes_retry(probes);
	expect_blind(1, 0, 0);
}

static void seen(void **state)
{
	struct node_probes *probes = *state;

	has_symbols = true;
	start(probes, FIRST);
	start(probes, SECOND);
	first_mapping_error = mapping_error = 0;
	node_probes_retry(probes);
	start(probes, THIRD);
	node_probes_retry(probes);
	expect_blind(0, 0, 0);
	assert_int_equal(attached_count, 2); /* both functions, once */
	assert_int_equal(probes->loading_count, 0);
}

static int make_files(void **state)
{
	int fd;

	if (!mkdtemp(folder))
		return -1;
	snprintf(executable, sizeof(executable), "%s/node", folder);
	snprintf(library, sizeof(library), "%s/libnode.so.109", folder);
	fd = open(executable, O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	fd = open(library, O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	return 0;
}

static int remove_files(void **state)
{
	unlink(executable);
	unlink(library);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_at_once, begin, end),
		cmocka_unit_test_setup_teardown(first_ends_early, begin, end),
		cmocka_unit_test_setup_teardown(one_twice, begin, end),
		cmocka_unit_test_setup_teardown(seen, begin, end),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
