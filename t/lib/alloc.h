/*
 * alloc: what our own objects ask of malloc, calloc, realloc, reallocarray,
 * strdup and strndup.
 *
 * The linker's --wrap sends the calls of our objects through here; those that libraries
 * make inside themselves are not seen.
 */
#ifndef T_ALLOC_H
#define T_ALLOC_H

#include <stddef.h>

/* Starts counting anew; the nth call from now on fails, 0 for none. */
void alloc_start(size_t fail_at);

/* Calls since alloc_start(). */
size_t alloc_calls(void);

#endif
