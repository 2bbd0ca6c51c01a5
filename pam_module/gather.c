/*
 * The codes may come in any order.  One that is shown twice, or does not belong to them, is told of
 * and asked for again, a few times; what gathers is one buffer that cannot grow.  Whether the codes
 * are one card's is the core's to find out: one's number is all that it says of itself.
 */
#include "gather.h"

#include "language.h"

#include <security/pam_ext.h>
#include <stdio.h>

/* Texts of the longest card's codes with their heads, and a blank after each. */
#define ROOM (2 * HP_SHC_JWS_MAX + HP_SHC_CHUNKS * (sizeof("shc:/32/32/") + 1))

/* Codes that do not belong, before the pass is given up. */
#define MISFITS 5

/* Greeters cut longer lines. */
#define WORDS 160

typedef struct {
    hp_pam_answer *whole;
    bool seen[HP_SHC_CHUNKS];
    unsigned of, left, misfits;
    unsigned from; /* the source that gave the first one */
} gathering;

/* The first that is missing, which is asked for; any other will do. */
static unsigned
next_missing(const gathering *g)
{
    unsigned i = 0;

    while (i < g->of - 1 && g->seen[i])
        i++;
    return i + 1;
}

static int
ask(const hp_pam_call *call, gathering *g, hp_pam_answer *answer)
{
    const char *prompt = call->options.prompt;
    char words[WORDS];
    hp_pam_wish wish = { .of = g->of, .words = words };

    if (g->of == 0) {
        wish.words = prompt != NULL ? prompt : hp_pam_text(call, HP_N_("Scan your pass: "));
    } else {
        wish.nth = next_missing(g);
        (void)snprintf(words, sizeof(words), hp_pam_text(call, HP_N_("Scan code %u of %u: ")),
                       wish.nth, g->of);
    }
    return hp_pam_ask(call, &wish, &g->from, answer);
}

/* Takes over one code's text; without room for it the pass is too long for its kind. */
static void
keep(gathering *g, const hp_pam_answer *part, unsigned nth)
{
    hp_pam_answer *whole = g->whole;
    size_t made;

    if (!hp_shc_join(&part->pass, 1, (uint8_t *)whole->text + whole->pass.n,
                     whole->room - whole->pass.n, &made)) {
        whole->nothing = HP_TOO_LONG;
        g->left = 0;
        return;
    }
    whole->pass.n += made;
    whole->received += part->received;
    whole->cut = whole->cut || part->cut;
    g->seen[nth - 1] = true;
    g->left--;
}

static void
misfit(const hp_pam_call *call, gathering *g, const char *text)
{
    if (!call->silent)
        (void)pam_error(call->pamh, "%s", hp_pam_text(call, text));
    g->misfits++;
}

/* One of the others.  False: there is no other. */
static bool
add(const hp_pam_call *call, gathering *g, const hp_pam_answer *part)
{
    unsigned nth, of;

    if (part->pass.n == 0) {
        g->whole->nothing = part->nothing;
        g->whole->late = part->late;
        return false;
    }
    if (!hp_shc_chunk(part->pass, &nth, &of) || of != g->of)
        misfit(call, g, HP_N_("This code belongs to another pass."));
    else if (g->seen[nth - 1])
        misfit(call, g, HP_N_("This code was scanned before."));
    else
        keep(g, part, nth);
    return g->misfits < MISFITS;
}

/* Until all are there; who shows no more of them has shown no pass. */
static int
gather_rest(const hp_pam_call *call, gathering *g)
{
    hp_pam_answer part;
    bool more = true;
    int rc = PAM_SUCCESS;

    while (g->left > 0 && more && rc == PAM_SUCCESS) {
        rc = ask(call, g, &part);
        more = rc == PAM_SUCCESS && add(call, g, &part);
        hp_pam_answer_end(&part);
    }
    if (g->left > 0 || g->whole->nothing == HP_TOO_LONG)
        g->whole->pass.n = 0;
    return rc;
}

int
hp_pam_gather(const hp_pam_call *call, hp_pam_gate *gate, hp_pam_answer *answer)
{
    gathering g = { .whole = answer, .from = HP_PAM_SOURCES };
    hp_pam_answer first;
    unsigned nth, of;
    int rc = ask(call, &g, answer);

    if (rc != PAM_SUCCESS || !hp_shc_chunk(answer->pass, &nth, &of) ||
        !hp_pam_gate_accepts(gate, answer))
        return rc;
    first = *answer;
    *answer = (hp_pam_answer){ .nothing = HP_NO_PASS, .source = first.source };
    g.of = g.left = of;
    if (!hp_pam_answer_room(answer, ROOM)) {
        rc = PAM_BUF_ERR;
    } else {
        answer->pass.p = (const uint8_t *)answer->text;
        keep(&g, &first, nth);
        rc = gather_rest(call, &g);
    }
    hp_pam_answer_end(&first);
    return rc;
}
