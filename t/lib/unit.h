/* What each unit test program includes: cmocka with its needs, printing TAP for prove. */
#ifndef T_UNIT_H
#define T_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

#define assert_str_equal(got, want)                         \
    do {                                                    \
        hp_str got_ = (got), want_ = (want);                \
        assert_int_equal(got_.n, want_.n);                  \
        if (want_.n != 0)                                   \
            assert_memory_equal(got_.p, want_.p, want_.n);  \
    } while (0)

#endif
