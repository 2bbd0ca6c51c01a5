/*
 * A rule's Logic step by step: which operation, over what it read, gave what.  It shows what a
 * pass says, so it is only for somebody who asked for that.
 */
#ifndef HP_CLI_RULES_STEPS_H
#define HP_CLI_RULES_STEPS_H

#include "base/arena.h"
#include "base/node.h"
#include "codec/json.h"

/*
 * Prints a line for each operation, indented, what it is made of below it.  Branches that were
 * not taken are left out, and so is the inside of a reduce: there is no value to show.
 */
void hp_rules_steps(const hp_json *logic, const hp_node *data, hp_arena *arena, FILE *to);

#endif
