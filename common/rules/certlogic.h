/*
 * CertLogic 1.3.3: the expressions in which countries publish their entry rules.
 *
 * An expression is checked and compiled once, when a rule is loaded: paths split, dates and
 * literals read.  Evaluating it walks the compiled form over a decoded document; it allocates
 * nothing of its own, and its work is bounded.  There is no clock in the language: the time
 * comes in with the data.
 *
 * "certlogic, 7" in comments is section 7 of the specification that this was built from: there
 * the format check, in 4 the operations, in 5 dates, in 6 order and errors.
 */
#ifndef HP_RULES_CERTLOGIC_H
#define HP_RULES_CERTLOGIC_H

#include "base/arena.h"
#include "base/error.h"
#include "base/node.h"
#include "codec/json.h"

#define HP_LOGIC_DEPTH 64            /* operations and arrays in one another (certlogic, 6) */
#define HP_LOGIC_BYTES (64u * 1024)  /* of one expression's text, written without blanks */
#define HP_LOGIC_STEPS 1000000u      /* nodes evaluated before it ends as an error */

typedef struct hp_logic hp_logic;

/*
 * Compiles an expression; NULL when it is not well-formed (certlogic, 7), with what is wrong and
 * where in it ("if: expected 3 operands, at and[0]") in *error.  The compiled form keeps nothing
 * of expression.  End with hp_logic_free(); NULL does no harm there.
 */
hp_logic *hp_logic_compile(const hp_json *expression, hp_error *error);
void hp_logic_free(hp_logic *logic);

/* ---- values --------------------------------------------------------------- */

typedef enum {
    HP_VALUE_NULL,
    HP_VALUE_BOOL,
    HP_VALUE_INT,
    HP_VALUE_REAL,   /* in data only: neither true nor false */
    HP_VALUE_TEXT,
    HP_VALUE_ARRAY,
    HP_VALUE_OBJECT, /* in data, and what reduce lends its lambda */
    HP_VALUE_TIME    /* an instant: of plusTime and dccDateOfBirth only */
} hp_value_kind;

typedef struct hp_value hp_value;

struct hp_value {
    hp_value_kind kind;
    uint32_t n; /* elements of an array, members of an object */
    union {
        bool truth;
        int64_t num;
        double real;
        hp_str text;
        int64_t ms; /* milliseconds since 1970-01-01 UTC */
        struct {    /* of an array or an object: one of the two */
            const hp_value *items; /* made by an expression; an object: accumulator, current */
            const hp_node *node;   /* of the data, when items is NULL */
        };
    };
};

/*
 * What a node of the data is in the language (NULL: null).  False when it is nothing there:
 * bytes, and whole numbers beyond 64 bits.  A number without fraction is whole (2.0 is 2).
 */
bool hp_value_of(const hp_node *node, hp_value *value);

/*
 * Evaluates over data (NULL: null).  False is CertLogic's error.  *value may point into data,
 * the logic and the arena.  An arena that ran out is told by arena->full, and is an error too.
 */
bool hp_logic_eval(const hp_logic *logic, const hp_node *data, hp_arena *arena,
                   hp_value *value);

/* The same with at most *steps, which is told what is left: several may share them. */
bool hp_logic_eval_within(const hp_logic *logic, const hp_node *data, hp_arena *arena,
                          size_t *steps, hp_value *value);

/* Writes an instant as YYYY-MM-DDThh:mm:ss.sssZ. */
#define HP_LOGIC_TIME_TEXT 25
void hp_logic_time_write(int64_t ms, char text[HP_LOGIC_TIME_TEXT]);

#endif
