/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_s3.c - (Amazon S3 API Reference)
 *
 *   path-style      /BUCKET[/KEY]        virtual-hosted    host BUCKET.s3..., or BUCKET.localhost; /[KEY]
 *   query           SDKs name the operation in x-id; else a sub-resource such as ?acl, ?uploads, uploadId=
 *
 * A query parameter that may be a sub-resource unknown here leaves the operation unknown.
 */
#include "wire/aws_s3.h"

#include <string.h>
#include <strings.h>

#include "wire/aws_host.h"

#define BUCKET_BYTES_MAX 63

enum scope {
	SCOPE_SERVICE = 1,
	SCOPE_BUCKET = 2,
	SCOPE_OBJECT = 4,
};

struct operation {
	uint8_t scope;	      /* enum scope */
	uint8_t method;	      /* enum http_method */
	const char *resource; /* query parameter, or NULL: none */
	const char *name;
};

/* Those with a sub-resource first. */
static const struct operation operations[] = {
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "list-type", "ListObjectsV2" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "versions", "ListObjectVersions" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "uploads", "ListMultipartUploads" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "location", "GetBucketLocation" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "versioning", "GetBucketVersioning" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "tagging", "GetBucketTagging" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "policy", "GetBucketPolicy" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, "acl", "GetBucketAcl" },
	{ SCOPE_BUCKET, HTTP_METHOD_PUT, "versioning", "PutBucketVersioning" },
	{ SCOPE_BUCKET, HTTP_METHOD_PUT, "tagging", "PutBucketTagging" },
	{ SCOPE_BUCKET, HTTP_METHOD_PUT, "policy", "PutBucketPolicy" },
	{ SCOPE_BUCKET, HTTP_METHOD_PUT, "acl", "PutBucketAcl" },
	{ SCOPE_BUCKET, HTTP_METHOD_POST, "delete", "DeleteObjects" },
	{ SCOPE_BUCKET, HTTP_METHOD_DELETE, "tagging", "DeleteBucketTagging" },
	{ SCOPE_BUCKET, HTTP_METHOD_DELETE, "policy", "DeleteBucketPolicy" },
	{ SCOPE_OBJECT, HTTP_METHOD_GET, "uploadId", "ListParts" },
	{ SCOPE_OBJECT, HTTP_METHOD_GET, "attributes", "GetObjectAttributes" },
	{ SCOPE_OBJECT, HTTP_METHOD_GET, "tagging", "GetObjectTagging" },
	{ SCOPE_OBJECT, HTTP_METHOD_GET, "acl", "GetObjectAcl" },
	{ SCOPE_OBJECT, HTTP_METHOD_PUT, "uploadId", "UploadPart" },
	{ SCOPE_OBJECT, HTTP_METHOD_PUT, "tagging", "PutObjectTagging" },
	{ SCOPE_OBJECT, HTTP_METHOD_PUT, "acl", "PutObjectAcl" },
	{ SCOPE_OBJECT, HTTP_METHOD_POST, "uploads", "CreateMultipartUpload" },
	{ SCOPE_OBJECT, HTTP_METHOD_POST, "uploadId", "CompleteMultipartUpload" },
	{ SCOPE_OBJECT, HTTP_METHOD_POST, "restore", "RestoreObject" },
	{ SCOPE_OBJECT, HTTP_METHOD_POST, "select", "SelectObjectContent" },
	{ SCOPE_OBJECT, HTTP_METHOD_DELETE, "uploadId", "AbortMultipartUpload" },
	{ SCOPE_OBJECT, HTTP_METHOD_DELETE, "tagging", "DeleteObjectTagging" },

	{ SCOPE_SERVICE, HTTP_METHOD_GET, NULL, "ListBuckets" },
	{ SCOPE_BUCKET, HTTP_METHOD_GET, NULL, "ListObjects" },
	{ SCOPE_BUCKET, HTTP_METHOD_HEAD, NULL, "HeadBucket" },
	{ SCOPE_BUCKET, HTTP_METHOD_PUT, NULL, "CreateBucket" },
	{ SCOPE_BUCKET, HTTP_METHOD_DELETE, NULL, "DeleteBucket" },
	{ SCOPE_BUCKET, HTTP_METHOD_POST, NULL, "PostObject" },
	{ SCOPE_OBJECT, HTTP_METHOD_GET, NULL, "GetObject" },
	{ SCOPE_OBJECT, HTTP_METHOD_HEAD, NULL, "HeadObject" },
	{ SCOPE_OBJECT, HTTP_METHOD_PUT, NULL, "PutObject" },
	{ SCOPE_OBJECT, HTTP_METHOD_DELETE, NULL, "DeleteObject" },
};

/* Parameters that change what an operation gives, never which one it is. X-Amz-... sign it. */
static const char *const modifiers[] = {
	"prefix",
	"delimiter",
	"marker",
	"max-keys",
	"encoding-type",
	"fetch-owner",
	"start-after",
	"continuation-token",
	"allow-unordered",
	"versionId",
	"partNumber",
	"response-content-type",
	"response-content-language",
	"response-expires",
	"response-cache-control",
	"response-content-disposition",
	"response-content-encoding",
	"max-buckets",
	"bucket-region",
	"key-marker",
	"version-id-marker",
	"upload-id-marker",
	"max-uploads",
	"max-parts",
	"part-number-marker",
	"Expires",
	"AWSAccessKeyId",
	"Signature",
	"x-id",
};

static bool is_text(const char *text, size_t bytes, const char *expected)
{
	return strlen(expected) == bytes && memcmp(text, expected, bytes) == 0;
}

static bool is_modifier(const char *key, size_t bytes)
{
	if (bytes > 6 && strncasecmp(key, "X-Amz-", 6) == 0)
		return true;
	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++)
		if (is_text(key, bytes, modifiers[i]))
			return true;
	return false;
}

/* The next parameter's key; *@next moves behind the parameter. NULL at the end. */
static const char *next_key(const char **next, const char *end, size_t *ret_bytes)
{
	const char *key = *next, *stop;

	if (!key || key >= end)
		return NULL;
	stop = memchr(key, '&', (size_t)(end - key));
	*next = stop ? stop + 1 : end;
	if (!stop)
		stop = end;
	*ret_bytes = (size_t)(stop - key);
	stop = memchr(key, '=', *ret_bytes);
	if (stop)
		*ret_bytes = (size_t)(stop - key);
	return key;
}

/* The one sub-resource of the query, empty where there is none. False where there are more. */
static bool find_resource(const struct request_target *target, const char **ret, size_t *ret_bytes)
{
	const char *next = target->query;
	const char *end = next ? next + target->query_bytes : NULL;
	const char *key;
	size_t bytes;

	*ret = NULL;
	*ret_bytes = 0;
	while ((key = next_key(&next, end, &bytes))) {
		if (!bytes || is_modifier(key, bytes))
			continue;
		if (*ret)
			return false;
		*ret = key;
		*ret_bytes = bytes;
	}
	return true;
}

static const char *find_operation(uint8_t scope, const struct request_target *target,
				  const struct http_head *head)
{
	const char *resource;
	size_t bytes;

	if (!find_resource(target, &resource, &bytes))
		return "";
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		const struct operation *operation = &operations[i];

		if (operation->scope == scope && operation->method == head->method &&
		    (operation->resource ? resource && is_text(resource, bytes, operation->resource)
					 : !resource))
			return operation->name;
	}
	return "";
}

/* The bucket that the host names; 0 bytes where the path names it. */
static const char *find_virtual_host(const struct http_head *head, size_t *ret_bytes)
{
	static const char local[] = ".localhost";
	const char *host = http_head_value(head, HTTP_HOST);
	size_t name_bytes = host ? strcspn(host, ":") : 0;
	struct aws_host parsed;

	*ret_bytes = 0;
	if (name_bytes > sizeof(local) - 1 &&
	    is_text(host + name_bytes - (sizeof(local) - 1), sizeof(local) - 1, local))
		*ret_bytes = name_bytes - (sizeof(local) - 1);
	else if (host && aws_host_parse(&parsed, host) && strcmp(parsed.service, "s3") == 0)
		*ret_bytes = parsed.prefix_bytes;
	return host;
}

/* An object's key is its owner's data: of the path all of it becomes one '*'. */
static void hide_key(struct request_target *target, const char *key)
{
	target->hidden = key + 1;
	target->path_bytes = (size_t)(key + 2 - target->path);
}

void aws_s3_read(struct message_names *names, struct request_target *target,
		 const struct http_head *head)
{
	const char *end = target->path + target->path_bytes;
	const char *key = target->path; /* from its slash */
	size_t bytes, id_bytes;
	const char *bucket = find_virtual_host(head, &bytes);
	const char *id = query_find(target, "x-id", &id_bytes);
	uint8_t scope;
	const char *operation;

	if (!bytes && target->path_bytes > 1) {
		bucket = target->path + 1;
		key = memchr(bucket, '/', (size_t)(end - bucket));
		if (!key)
			key = end;
		bytes = (size_t)(key - bucket);
	}
	if (bytes <= BUCKET_BYTES_MAX)
		redact_name(names->target, NAME_TEXT_MAX, bucket, bytes, "-.");
	scope = !bytes ? SCOPE_SERVICE : end - key > 1 ? SCOPE_OBJECT : SCOPE_BUCKET;
	if (scope == SCOPE_OBJECT)
		hide_key(target, key);
	if (id && redact_name(names->operation, TOKEN_MAX, id, id_bytes, ""))
		return;
	operation = find_operation(scope, target, head);
	if (head->method == HTTP_METHOD_PUT && http_head_value(head, HTTP_AMZ_COPY_SOURCE)) {
		if (strcmp(operation, "PutObject") == 0)
			operation = "CopyObject";
		else if (strcmp(operation, "UploadPart") == 0)
			operation = "UploadPartCopy";
	}
	strcpy(names->operation, operation);
}
