/* What the reader and the writer of HC1 share; hc1.c says what HC1 is. */
#ifndef HP_FORMAT_HC1_H
#define HP_FORMAT_HC1_H

/* The context identifier, which every HC1 text begins with (hcert 1.0.8, 4.2.2). */
#define HP_HC1_CONTEXT        "HC1:"
#define HP_HC1_CONTEXT_LENGTH (sizeof(HP_HC1_CONTEXT) - 1)

#endif
