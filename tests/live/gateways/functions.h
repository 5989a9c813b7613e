/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * functions.h - the functions behind a front end, and their containers: each does one event at a time.
 */
#ifndef IDLETAX_TESTS_GATEWAYS_FUNCTIONS_H
#define IDLETAX_TESTS_GATEWAYS_FUNCTIONS_H

/* From arguments NAME=PORT,PORT...: the ports of its containers. Ends the program where one is wrong. */
void functions_load(int count, char **arguments);

/* The function in the path of an Invoke; NULL: none, or no Invoke. */
struct function *functions_find(const char *path);
const char *function_name(const struct function *function);

/* Waits until a container of it is free, and takes it: its port. Who waits longest need not be first. */
int function_take(struct function *function);
void function_give_back(struct function *function, int port);

#endif
