/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Single accesses to memory that other CPUs or user space change, as in the kernel's compiler.h. */
#ifndef ONCE_H
#define ONCE_H

#define READ_ONCE(word)         (*(const volatile __typeof__(word) *)&(word))
#define WRITE_ONCE(word, value) (*(volatile __typeof__(word) *)&(word) = (value))

#endif
