/* Recognises health links; see link.h. */
#include "format/link.h"

/* "shlink:/", also behind the address of a viewer (SMART Health Links, 2), or "vhlink:/". */
static bool
is_address(const hp_node *n)
{
    static const char mark[] = "#shlink:/";
    size_t i, length = sizeof(mark) - 1;

    if (!hp_node_is(n, HP_NODE_TEXT))
        return false;
    if (hp_str_starts(n->str, HP_STR("shlink:/")) || hp_str_starts(n->str, HP_STR("vhlink:/")))
        return true;
    if (!hp_str_starts(n->str, HP_STR("https://")))
        return false;
    for (i = 0; i + length <= n->str.n; i++) {
        if (memcmp(n->str.p + i, mark, length) == 0)
            return true;
    }
    return false;
}

bool
hp_link_is(const hp_node *link)
{
    const hp_node *item;

    if (!hp_node_is(link, HP_NODE_ARRAY))
        return is_address(link);
    for (item = link->child; item != NULL; item = item->next) {
        if (!is_address(hp_node_member(item, HP_STR("u"))))
            return false;
    }
    return link->count > 0;
}
