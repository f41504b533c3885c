/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The claim: one word per socket that decides which record reports a difference of totals. Two compete for it: the hook
 * of the close, and the walk over the live connections, which does not hold the socket's lock. Each difference is
 * reported by exactly one of them, and neither waits.
 *
 *   state     LIVE  OPEN_REPORTED  the socket
 *   idle       0         0         listens, connects, or is not adopted yet
 *   new        1         0         is established; no record of it is in the ring
 *   reported   1         1         is established; its open, its adoption or an update is in the ring
 *   ended      0        0/1        is closed; the end is reported or folded
 *
 *   from            event                         to        SLOT      by    with
 *   any             connect(), listen() again     idle      same      hook  begin_next_generation(): store
 *   a copy of idle  birth of a listener's child   idle      0         hook  begin_first_generation(): store
 *   idle            open or adoption in the ring  reported  same      hook  go_live(CLAIM_OPEN_REPORTED): store
 *   idle            the same without a record     new       same      hook  go_live(0): store
 *   new, reported   update                        reported  swapped   walk  claim_update(): compare and swap
 *   new, reported   update, ring full             same      swapped   walk  number_deferred_update(): likewise
 *   new, reported   close                         ended     same      hook  claim_end(): fetch and and
 *   idle            connect fails                 ended     same      hook  claim_end()
 *
 * SLOT is the index of the reported totals in use. The walk writes the totals of its record into the other slot before
 * it swaps; the close reads the slot that its own atomic access returned. The upper half of the word is the generation:
 * if the socket has closed and connected again while the walk was on its way, the swap fails, and the walk has written
 * into a slot that the new connection does not use, since that one keeps the slot in use.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "counters.h"
#include "maps.h"
#include "once.h"

enum {
	CLAIM_SLOT = 1,
	CLAIM_OPEN_REPORTED = 2,
	CLAIM_LIVE = 4,
	CLAIM_GENERATION_SHIFT = 32,
};

static __always_inline __u32 generation_of(__u64 claim)
{
	return claim >> CLAIM_GENERATION_SHIFT;
}

/* Empties the slot in use for the next connection of the same socket. */
static __always_inline void begin_next_generation(struct sock_storage_data *storage)
{
	__u64 slot = storage->claim & CLAIM_SLOT;
	__u64 generation = (storage->claim >> CLAIM_GENERATION_SHIFT) + 1;

	__builtin_memset(&storage->reported[slot], 0, sizeof(storage->reported[0]));
	WRITE_ONCE(storage->claim, generation << CLAIM_GENERATION_SHIFT | slot);
}

/* For lives whose generation is not kept: these are numbered over all sockets. The number keeps to the upper half of
 * the 24 bits that an id has room for, which the generations of a storage hardly reach. */
static __always_inline __u32 next_numbered_generation(void)
{
	enum { NUMBERS = 1 << 23 };

	return NUMBERS | (__sync_fetch_and_add(&shared.numbered_lives, 1) & (NUMBERS - 1));
}

static __always_inline void begin_numbered_generation(struct sock_storage_data *storage)
{
	WRITE_ONCE(storage->claim, (__u64)next_numbered_generation() << CLAIM_GENERATION_SHIFT);
}

/* For the child of a listener, which begins with a copy of the listener's claim. No walk claims it, since it is idle.
 */
static __always_inline void begin_first_generation(struct sock_storage_data *storage)
{
	__builtin_memset(&storage->reported[0], 0, sizeof(storage->reported[0]));
	WRITE_ONCE(storage->claim, 0);
}

/* Behind the open or adoption, which is number 0 whether there was room for it or not. */
static __always_inline void go_live(struct sock_storage_data *storage, __u64 open_reported)
{
	storage->reported[storage->claim & CLAIM_SLOT].reports = 1;
	WRITE_ONCE(storage->claim, storage->claim | CLAIM_LIVE | open_reported);
}

/* Returns the claim as it was. */
static __always_inline __u64 claim_end(struct sock_storage_data *storage)
{
	return __sync_fetch_and_and(&storage->claim, ~(__u64)CLAIM_LIVE);
}

/* Copies the slot in use. Both branches have a constant offset, which the verifier demands of the walk's map value;
 * the barrier keeps the compiler from merging them. */
static __always_inline void copy_reported(struct reported_totals *to, const struct sock_storage_data *storage,
					  __u64 claim)
{
	if (claim & CLAIM_SLOT) {
		*to = storage->reported[1];
		barrier();
	} else {
		*to = storage->reported[0];
	}
}

/* Writes the slot that is not in use; see copy_reported(). */
static __always_inline void write_unused_slot(struct sock_storage_data *storage, const struct reported_totals *totals,
					      __u64 claim)
{
	if (claim & CLAIM_SLOT) {
		storage->reported[0] = *totals;
		barrier();
	} else {
		storage->reported[1] = *totals;
	}
}

static __noinline void count_backwards(void)
{
	struct tcp_probe_counters *counters = this_cpu_counters();

	if (counters)
		count(&counters->backwards);
}

/* A difference of segments wraps at 32 bits. One above half of that would be negative, were it not for the bytes that
 * so many segments move. */
static __always_inline int is_negative(__u32 segments, __u64 bytes)
{
	return (__s32)segments < 0 && bytes < 1ULL << 31;
}

/* No difference is negative, whatever the socket says: it would take from a sum that only grows. */
static __always_inline void never_backwards(struct reported_totals *totals, const struct reported_totals *reported)
{
	__s64 sent = totals->sent_bytes - reported->sent_bytes;
	__s64 received = totals->received_bytes - reported->received_bytes;

	if (sent >= 0 && received >= 0 && !is_negative(totals->segs_out - reported->segs_out, sent + received) &&
	    !is_negative(totals->segs_in - reported->segs_in, sent + received) &&
	    !is_negative(totals->total_retrans - reported->total_retrans, sent + received))
		return;
	count_backwards();
	*totals = *reported;
}

static __always_inline int swap_slots(struct sock_storage_data *storage, __u64 claim,
				      const struct reported_totals *totals, __u64 open_reported)
{
	__u64 next = (claim ^ CLAIM_SLOT) | open_reported;

	write_unused_slot(storage, totals, claim);
	return __sync_val_compare_and_swap(&storage->claim, claim, next) == claim;
}

/* Returns 1 if the totals are now reported; 0 if the connection has ended since `claim` was read. */
static __always_inline int claim_update(struct sock_storage_data *storage, __u64 claim,
					const struct reported_totals *totals)
{
	return swap_slots(storage, claim, totals, CLAIM_OPEN_REPORTED);
}

/* An update without room in the ring: it has its number, and `reported`, the totals in use, stay what they are. If the
 * connection has ended meanwhile, its end has that number. */
static __always_inline void number_deferred_update(struct sock_storage_data *storage, __u64 claim,
						   struct reported_totals *reported)
{
	reported->reports++;
	swap_slots(storage, claim, reported, 0);
}

#endif
