/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of the check, each with programs loaded anew. */
#ifndef CHECKS_H
#define CHECKS_H

#include "observation.h"

/* Every field of connections of all kinds, in a ring that is written over and over. */
void check_whole_life(const struct place *place);

/* A socket that connects several times. */
void check_used_again(const struct place *place);

/* A minimum that an earlier life of the socket has left behind. */
void check_earlier_minimum(const struct place *place);

/* A round trip that the end of the connection must not change. */
void check_late_fin(const struct place *place);

/* The updates of a walk over the live connections. */
void check_alive(const struct place *place);

/* Time that a socket, or the listener it comes from, was limited in an earlier life. */
void check_earlier_limits(const struct place *place);

/* Connections that stall, go on and end stalled. */
void check_stalled(const struct place *place);

/* Connections that wait for accept(). */
void check_not_accepted(const struct place *place);
void check_older_not_accepted(const struct place *place);

/* Handshakes that agree on less or more than usual. */
void check_handshakes(const struct place *place);

/* Listening sockets, and accept queues that overflow. */
void check_listeners(const struct place *place);

/* Connections over paths that hold them up in each way. */
void check_slow_paths(const struct place *place);

/* Processes of all kinds that close. */
void check_closers(const struct place *place);

/* Threads with names of their own. */
void check_threads(const struct place *place);

/* Connections older than the programs. */
void check_older(const struct place *place);

/* Connections that each filter refuses, and others that it lets through. */
void check_filters(const struct place *place);

/* Connections of sockets without memory for a storage. */
void check_fallback(const struct place *place);

/* Connections that begin while the exporter's memory is short. */
void check_memory_short(const struct place *place);

/* Sums of connections that end while the ring is full. */
void check_full_ring(const struct place *place);

/* The numbers of reports, of which some find the ring full. */
void check_sequence(const struct place *place);

/* Sums of connections that were held up, likewise. */
void check_folded_delays(const struct place *place);

#endif
