/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * driver.c - main() for a fuzz target where there is no libFuzzer: runs it on every file of a
 * corpus, on every cut of it, and on as many mutations as asked for. The same every time, so a
 * failure repeats; the input that is running is kept in the file `-k` names until it has passed.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_BYTES_MAX (1u << 20)
#define CUTS_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct run {
	unsigned long mutations; /* of each file */
	const char *keep_path;
	uint64_t random;
	unsigned long count;
};

static uint64_t next_random(struct run *run)
{
	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	return run->random;
}

/* In memory exactly as large as the input, so that the sanitizer sees a read beyond it. */
static void run_one(struct run *run, const uint8_t *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	memcpy(copy, data, bytes);
	if (run->keep_path) {
		FILE *file = fopen(run->keep_path, "w");

		if (file) {
			fwrite(data, 1, bytes, file);
			fclose(file);
		}
	}
	LLVMFuzzerTestOneInput(copy, bytes);
	run->count++;
	free(copy);
}

/* One to eight edits: a bit, a byte, a run of bytes from elsewhere, a run removed. */
static size_t mutate(struct run *run, uint8_t *data, size_t bytes)
{
	static const uint8_t interesting[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '\\', '=', '\n', '0' };
	unsigned int edits = 1 + next_random(run) % 8;

	while (edits-- && bytes) {
		size_t position = next_random(run) % bytes;
		size_t other = next_random(run) % bytes;
		size_t length = 1 + next_random(run) % 16;

		if (length > bytes - position)
			length = bytes - position;
		if (length > bytes - other)
			length = bytes - other;
		switch (next_random(run) % 5) {
		case 0:
			data[position] ^= (uint8_t)(1 << next_random(run) % 8);
			break;
		case 1:
			data[position] = (uint8_t)next_random(run);
			break;
		case 2:
			data[position] = interesting[next_random(run) % sizeof(interesting)];
			break;
		case 3:
			memmove(data + position, data + other, length);
			break;
		default:
			memmove(data + position, data + position + length,
				bytes - position - length);
			bytes -= length;
		}
	}
	return bytes;
}

static void run_file(struct run *run, const char *path)
{
	uint8_t *data = malloc(INPUT_BYTES_MAX), *changed = malloc(INPUT_BYTES_MAX);
	FILE *file = fopen(path, "r");
	size_t bytes;

	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	bytes = fread(data, 1, INPUT_BYTES_MAX, file);
	fclose(file);
	run_one(run, data, bytes);
	if (run->mutations)
		for (size_t cut = 0; cut < bytes && cut < CUTS_MAX; cut++)
			run_one(run, data, cut);
	for (unsigned long i = 0; i < run->mutations; i++) {
		memcpy(changed, data, bytes);
		run_one(run, changed, mutate(run, changed, bytes));
	}
	free(data);
	free(changed);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void run_folder(struct run *run, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_visible, alphasort);

	for (int i = 0; i < count; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			abort();
		run_file(run, name);
		free(name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	struct run run = { .random = 0x9e3779b97f4a7c15u };
	struct stat status;
	int option;

	while ((option = getopt(argc, argv, "n:k:")) != -1) {
		if (option == 'n')
			run.mutations = strtoul(optarg, NULL, 10);
		else if (option == 'k')
			run.keep_path = optarg;
		else
			return 2;
	}
	for (int i = optind; i < argc; i++) {
		if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
			run_folder(&run, argv[i]);
		else
			run_file(&run, argv[i]);
	}
	printf("%lu inputs\n", run.count);
	return run.count ? EXIT_SUCCESS : EXIT_FAILURE;
}
