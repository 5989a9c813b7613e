/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * chunk_file.c - compresses a chunk into memory and hands it to the kernel in one write. When that
 * fails half way, a regular file is cut back to its last whole chunk; a pipe cannot be used
 * further.
 */
#include "trace/chunk_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPRESSION_LEVEL 1 /* the recorder shares the CPU with what it observes */

static int init_deflater(struct chunk_file *file)
{
	size_t bound;

	if (deflateInit(&file->deflater, COMPRESSION_LEVEL) != Z_OK)
		return -ENOMEM;
	bound = deflateBound(&file->deflater, TRACE_CHUNK_PLAIN_MAX);
	file->stored_capacity = sizeof(struct trace_chunk_header) + bound;
	file->stored = malloc(file->stored_capacity);
	if (file->stored && bound <= TRACE_CHUNK_STORED_MAX)
		return 0;
	free(file->stored);
	deflateEnd(&file->deflater);
	return -ENOMEM;
}

int chunk_file_open(struct chunk_file *file, const char *path, struct diag *diag)
{
	struct stat status;
	int error;

	memset(file, 0, sizeof(*file));
	file->is_owned = strcmp(path, "-") != 0;
	file->fd = STDOUT_FILENO;
	if (file->is_owned)
		file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file->fd < 0) {
		error = -errno;
		return diag_set(diag, error, "%s: %s", path, strerror(-error));
	}
	/* Standard output may be a regular file that holds something already: leave that alone. */
	file->is_seekable = file->is_owned && fstat(file->fd, &status) == 0 &&
			    S_ISREG(status.st_mode);
	error = init_deflater(file);
	if (error) {
		if (file->is_owned)
			close(file->fd);
		return diag_set(diag, error, "out of memory");
	}
	return 0;
}

void chunk_file_close(struct chunk_file *file)
{
	deflateEnd(&file->deflater);
	free(file->stored);
	if (file->is_owned)
		close(file->fd);
}

static int write_all(int fd, const uint8_t *data, size_t bytes, size_t *ret_written)
{
	*ret_written = 0;
	while (*ret_written < bytes) {
		ssize_t written = write(fd, data + *ret_written, bytes - *ret_written);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		*ret_written += (size_t)written;
	}
	return 0;
}

static int append(struct chunk_file *file, const uint8_t *data, size_t bytes)
{
	size_t written;
	int error;

	if (file->is_broken)
		return -EPIPE;
	error = write_all(file->fd, data, bytes, &written);
	if (!error) {
		file->bytes += bytes;
		return 0;
	}
	if (file->is_seekable) {
		if (ftruncate(file->fd, (off_t)file->bytes) ||
		    lseek(file->fd, (off_t)file->bytes, SEEK_SET) < 0)
			file->is_broken = true;
	} else if (written) {
		file->is_broken = true;
	}
	return error;
}

static int compress_parts(struct chunk_file *file, const struct chunk_part *parts, size_t count,
			  size_t *ret_stored)
{
	z_stream *deflater = &file->deflater;

	deflateReset(deflater);
	deflater->next_out = file->stored + sizeof(struct trace_chunk_header);
	deflater->avail_out = (uInt)(file->stored_capacity - sizeof(struct trace_chunk_header));
	for (size_t i = 0; i < count; i++) {
		deflater->next_in = (Bytef *)(uintptr_t)parts[i].data;
		deflater->avail_in = (uInt)parts[i].bytes;
		if (deflater->avail_in && deflate(deflater, Z_NO_FLUSH) != Z_OK)
			return -EIO;
	}
	if (deflate(deflater, Z_FINISH) != Z_STREAM_END)
		return -EIO;
	*ret_stored = deflater->total_out;
	return 0;
}

int chunk_file_write(struct chunk_file *file, struct trace_chunk_header *header,
		     const struct chunk_part *parts, size_t part_count)
{
	size_t stored = 0;
	int error;

	header->magic = TRACE_CHUNK_MAGIC;
	header->plain_bytes = 0;
	for (size_t i = 0; i < part_count; i++)
		header->plain_bytes += (uint32_t)parts[i].bytes;
	if (header->plain_bytes) {
		error = compress_parts(file, parts, part_count, &stored);
		if (error)
			return error;
	}
	header->stored_bytes = (uint32_t)stored;
	header->crc32 = 0;
	memcpy(file->stored, header, sizeof(*header));
	header->crc32 = (uint32_t)crc32_z(0, file->stored, sizeof(*header) + stored);
	memcpy(file->stored, header, sizeof(*header));
	return append(file, file->stored, sizeof(*header) + stored);
}

int chunk_file_write_header(struct chunk_file *file, struct trace_file_header *header)
{
	memcpy(header->magic, TRACE_MAGIC, sizeof(header->magic));
	header->version_major = TRACE_VERSION_MAJOR;
	header->version_minor = TRACE_VERSION_MINOR;
	header->header_bytes = sizeof(*header);
	header->crc32 = 0;
	header->crc32 = (uint32_t)crc32_z(0, (const Bytef *)header, sizeof(*header));
	if (!file->bytes)
		return append(file, (const uint8_t *)header, sizeof(*header));
	if (!file->is_seekable)
		return 0;
	if (pwrite(file->fd, header, sizeof(*header), 0) != (ssize_t)sizeof(*header))
		return errno ? -errno : -EIO;
	return 0;
}
