/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fields of a record that opens do not have, compared with TCP_INFO. */
#ifndef DETAILS_CHECK_H
#define DETAILS_CHECK_H

#include "connection_check.h"
#include "record_check.h"

/* An open has none of them. */
void expect_no_details(struct record_check *check);
void expect_details(struct record_check *check, const struct side *side, const struct expected *expected);

#endif
