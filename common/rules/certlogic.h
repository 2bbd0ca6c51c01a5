/*
 * CertLogic 1.3.3: the expressions in which countries publish their entry rules.
 *
 * An expression is checked and compiled once, when a rule is loaded: paths split, dates and
 * literals read.  Evaluating it walks the compiled form over a decoded document; it allocates
 * nothing of its own, and its work is bounded.  There is no clock in the language: the time
 * comes in with the data.
 */
#ifndef HP_RULES_CERTLOGIC_H
#define HP_RULES_CERTLOGIC_H

#include "base/arena.h"
#include "base/error.h"
#include "base/node.h"
#include "codec/json.h"

#define HP_LOGIC_DEPTH 64            /* levels of one expression (certlogic, 6) */
#define HP_LOGIC_BYTES (64u * 1024)  /* of one expression's text */
#define HP_LOGIC_STEPS 1000000u      /* nodes evaluated before it ends as an error */

typedef struct hp_logic hp_logic;

/*
 * Compiles an expression; NULL when it is not well-formed (certlogic, 7), with what is wrong and
 * where in it ("if: expected 3 operands, at and[0]") in *error.  End with hp_logic_free().
 */
hp_logic *hp_logic_compile(const hp_json *expression, hp_error *error);
void hp_logic_free(hp_logic *logic);

typedef enum {
    HP_VALUE_NULL,
    HP_VALUE_BOOL,
    HP_VALUE_INT,
    HP_VALUE_REAL,   /* in data only: neither true nor false */
    HP_VALUE_TEXT,
    HP_VALUE_ARRAY,
    HP_VALUE_OBJECT, /* in data only */
    HP_VALUE_TIME    /* an instant: of plusTime and dccDateOfBirth only */
} hp_value_kind;

typedef struct hp_value hp_value;

struct hp_value {
    hp_value_kind kind;
    union {
        bool truth;
        int64_t num;
        double real;
        hp_str text;
        int64_t ms;          /* milliseconds since 1970-01-01 UTC */
        const hp_node *node; /* an object; an array of the data */
        struct {
            const hp_value *items; /* an array that an expression made; NULL: it is a node's */
            size_t n;
        } list;
    };
};

/*
 * Evaluates over data (NULL: null).  False is CertLogic's error.  *value may point into data,
 * the logic and the arena.  An arena that ran out is told by arena->full, and is an error too.
 */
bool hp_logic_eval(const hp_logic *logic, const hp_node *data, hp_arena *arena,
                   hp_value *value);

#endif
