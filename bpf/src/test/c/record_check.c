// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "record_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int passed_checks, failed_checks;

static void count_check(int passed)
{
	passed_checks += passed;
	failed_checks += !passed;
}

struct record_check begin_check(const struct tcp_probe_info *record, const char *about)
{
	return (struct record_check){.record = record, .about = about};
}

static const char *read_field(struct record_check *check, struct field field)
{
	check->fields++;
	memset(check->asked + field.offset, 1, field.size);
	return (const char *)check->record + field.offset;
}

static __u64 read_number(struct record_check *check, struct field field)
{
	__u64 value = 0;

	memcpy(&value, read_field(check, field), field.size); /* little endian, as the whole object is */
	return value;
}

static void say_wrong(struct record_check *check, struct field field)
{
	check->wrong++;
	printf("  wrong: %s of %s: ", field.name, check->about);
}

void expect(struct record_check *check, struct field field, __u64 value)
{
	__u64 actual = read_number(check, field);

	if (actual == value)
		return;
	say_wrong(check, field);
	printf("%llu, not %llu\n", actual, value);
}

void expect_within(struct record_check *check, struct field field, __u64 low, __u64 high)
{
	__u64 actual = read_number(check, field);

	if (actual >= low && actual <= high)
		return;
	say_wrong(check, field);
	printf("%llu, not within %llu and %llu\n", actual, low, high);
}

static void print_bytes(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", (unsigned char)bytes[i]);
}

void expect_bytes(struct record_check *check, struct field field, const void *bytes)
{
	const char *actual = read_field(check, field);

	if (!memcmp(actual, bytes, field.size))
		return;
	say_wrong(check, field);
	print_bytes(actual, field.size);
	printf(", not ");
	print_bytes(bytes, field.size);
	puts("");
}

void end_check(struct record_check *check)
{
	for (size_t i = 0; i < sizeof(check->asked); i++) {
		if (check->asked[i])
			continue;
		check->wrong++;
		printf("  wrong: byte %zu of %s: no check asks about it\n", i, check->about);
	}
	report_check(!check->wrong, "%s: %d fields", check->about, check->fields);
}

void report_check(int passed, const char *format, ...)
{
	va_list arguments;

	count_check(passed);
	printf("%s ", passed ? "passed" : "FAILED");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	puts("");
}

int print_result(void)
{
	printf("%d passed, %d failed\n", passed_checks, failed_checks);
	return failed_checks;
}
