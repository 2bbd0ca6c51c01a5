/* What each unit test program includes: cmocka with its needs, printing TAP for prove. */
#ifndef T_UNIT_H
#define T_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc.h"
#include "base/str.h"
#include "guard.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define UNIT_MAIN_WITH(tests, set_up, tear_down)                             \
    int                                                                      \
    main(void)                                                               \
    {                                                                        \
        cmocka_set_message_output(CM_OUTPUT_TAP);                            \
        return cmocka_run_group_tests_name("group", tests, set_up, tear_down); \
    }
#define UNIT_MAIN(tests) UNIT_MAIN_WITH(tests, NULL, NULL)

/* Leaves a test out.  cmocka's skip() says "not ok", which prove takes for a failure. */
#define UNIT_LEAVE_OUT(why)                         \
    do {                                            \
        print_message("# left out: %s\n", why);     \
        return;                                     \
    } while (0)

/* The folder of documents that are no part of this project; NULL when nobody names one. */
#define UNIT_DATA getenv("HEALTHPASS_TESTDATA")

/* Leaves a test out that needs them. */
#define UNIT_NEEDS_DATA()                                                    \
    do {                                                                     \
        if (UNIT_DATA == NULL)                                               \
            UNIT_LEAVE_OUT("HEALTHPASS_TESTDATA names no folder");           \
    } while (0)

static inline bool
unit_has_data(const char *part)
{
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/%s", UNIT_DATA != NULL ? UNIT_DATA : "", part);
    return UNIT_DATA != NULL && access(path, R_OK) == 0;
}

/* For programs that are all about one part of them. */
#define UNIT_MAIN_OF_DATA(part, tests, set_up, tear_down)                    \
    int                                                                      \
    main(void)                                                               \
    {                                                                        \
        if (!unit_has_data(part)) {                                          \
            printf("1..0 # SKIP HEALTHPASS_TESTDATA names no folder with " part "/\n"); \
            return 0;                                                        \
        }                                                                    \
        cmocka_set_message_output(CM_OUTPUT_TAP);                            \
        return cmocka_run_group_tests_name("group", tests, set_up, tear_down); \
    }

#define assert_str_equal(got, want)                         \
    do {                                                    \
        hp_str got_ = (got), want_ = (want);                \
        assert_int_equal(got_.n, want_.n);                  \
        if (want_.n != 0)                                   \
            assert_memory_equal(got_.p, want_.p, want_.n);  \
    } while (0)

/* That words are in a text, which is shown when they are not. */
#define assert_says(text, words)                            \
    do {                                                    \
        const char *text_ = (text), *words_ = (words);      \
        if (strstr(text_, words_) == NULL)                  \
            fail_msg("no '%s' in: %s", words_, text_);      \
    } while (0)

#endif
