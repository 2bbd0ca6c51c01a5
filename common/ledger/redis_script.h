/* The script by which Redis decides on a use, and ends one; see redis_script.c. */
#ifndef HP_LEDGER_REDIS_SCRIPT_H
#define HP_LEDGER_REDIS_SCRIPT_H

extern const char hp_redis_script[];

/* What Redis calls it: the SHA-1 of its text.  A wrong one costs a round trip, no more. */
#define HP_REDIS_SCRIPT_NAME "1ff5d056a7ad3b7bf327d6b13e024acfd7745098"

#endif
