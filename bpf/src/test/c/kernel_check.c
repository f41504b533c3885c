// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Checks an object on the running kernel: loads it, attaches it to a cgroup, makes connections in a network namespace
 * of its own and compares every field of every record with what the sockets say.
 *
 *   kernel_check OBJECT SCOPE BELOW
 *
 * SCOPE is a cgroup v2 directory in which no other process has connections. BELOW is the same or one below it, and
 * contains two more, `clients` and `listeners`, for the sockets of either kind. Ends with 1 if a check failed.
 */
#include <err.h>
#include <stdio.h>

#include "checks.h"
#include "namespace.h"
#include "record_check.h"

int main(int argc, char **argv)
{
	struct place place;

	if (argc != 4)
		errx(2, "usage: kernel_check OBJECT SCOPE BELOW");
	setvbuf(stdout, NULL, _IOLBF, 0);
	enter_new_namespace();
	place = (struct place){.object = argv[1], .scope = argv[2], .below = argv[3]};
	check_whole_life(&place);
	check_used_again(&place);
	check_earlier_minimum(&place);
	check_late_fin(&place);
	check_alive(&place);
	check_earlier_limits(&place);
	check_stalled(&place);
	check_not_accepted(&place);
	check_older_not_accepted(&place);
	check_handshakes(&place);
	check_listeners(&place);
	check_slow_paths(&place);
	check_closers(&place);
	check_threads(&place);
	check_older(&place);
	check_filters(&place);
	check_fallback(&place);
	check_memory_short(&place);
	check_full_ring(&place);
	check_sequence(&place);
	check_folded_delays(&place);
	return print_result() != 0;
}
