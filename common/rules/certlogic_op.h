/*
 * The compiled form of CertLogic: between certlogic_compile.c, which makes it, and
 * certlogic_eval.c, which walks it.  Nothing else includes this.
 */
#ifndef HP_RULES_CERTLOGIC_OP_H
#define HP_RULES_CERTLOGIC_OP_H

#include "rules/certlogic.h"
#include "rules/certlogic_time.h"

typedef enum {
    HP_OP_VALUE, /* a literal, an array of literals, a date that is known */
    HP_OP_LIST,  /* an array of expressions */
    HP_OP_VAR,
    HP_OP_IF,
    HP_OP_AND,
    HP_OP_NOT,
    HP_OP_SAME,  /* === */
    HP_OP_IN,
    HP_OP_PLUS,
    HP_OP_ORDER, /* < > <= >= after before not-after not-before */
    HP_OP_REDUCE,
    HP_OP_UVCI,
    HP_OP_PLUS_TIME,
    HP_OP_BIRTH
} hp_op_code;

/* How a stands to b; what an operator of order takes for true is a set of them. */
#define HP_ORDER_LESS 1u
#define HP_ORDER_SAME 2u
#define HP_ORDER_MORE 4u

/* One step of a path. */
typedef struct {
    hp_str name;
    size_t index; /* as decimal digits; SIZE_MAX: it is no index, or beyond all arrays */
} hp_fragment;

typedef struct hp_op hp_op;

struct hp_op {
    hp_op_code code;
    uint32_t n; /* operands, items, fragments */
    union {
        hp_value value;
        struct {
            union {
                const hp_op *operands;
                const hp_fragment *path;
            };
            union {
                int64_t number; /* plusTime: amount, extractFromUVCI: index */
                struct {
                    hp_value_kind of; /* order: of integers or of instants */
                    unsigned holds;
                };
            };
            hp_time_unit unit;
        };
    };
};

struct hp_logic {
    hp_op root;
};

#endif
