/*
 * XML documents over libxml2; see xml.h.
 *
 * What libxml2 does in time that grows with the square of the input (attributes of one tag,
 * namespaces in scope) is kept small before it sees the text.
 */
#include "codec/xml.h"

#include "base/utf8.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

#include <stdlib.h>

/* No entity is replaced, and nothing is loaded. */
#define OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)

/* hp_xml and hp_xml_node are libxml2's own under names that keep it out of other files. */
static xmlDocPtr
doc_of(const hp_xml *xml)
{
    return (xmlDocPtr)(uintptr_t)xml;
}

static xmlNodePtr
node_of(const hp_xml_node *node)
{
    return (xmlNodePtr)(uintptr_t)node;
}

static hp_xml_node *
outside(xmlNodePtr node)
{
    return (hp_xml_node *)(void *)node;
}

/* ---- reading -------------------------------------------------------------- */

static size_t
count_of(hp_str text, hp_str what)
{
    const uint8_t *at;
    size_t n = 0;

    while ((at = memmem(text.p, text.n, what.p, what.n)) != NULL) {
        text = hp_str_from(text, (size_t)(at - text.p) + what.n);
        n++;
    }
    return n;
}

/* A tag has no other '<' in it, so no tag is longer than the way from one to the next. */
static bool
tags_are_short(hp_str text)
{
    const uint8_t *at = text.p, *end = text.p + text.n, *next;

    while (at < end) {
        next = memchr(at + 1, '<', (size_t)(end - at) - 1);
        if (next == NULL)
            next = end;
        if (next - at > HP_XML_TAG_MAX)
            return false;
        at = next;
    }
    return true;
}

/* A text in UTF-16 has zeros in it, or is no UTF-8. */
static const char *
what_is_wrong(hp_str text)
{
    size_t points;

    if (text.n == 0)
        return "is empty, expected an XML document";
    if (text.n > HP_XML_MAX)
        return "is longer than an XML list may be (2 MiB)";
    if (memchr(text.p, 0, text.n) != NULL || !hp_utf8_count(text, &points))
        return "is no XML document in UTF-8";
    if (count_of(text, HP_STR("<!DOCTYPE")) > 0)
        return "has a DOCTYPE, which no list needs";
    if (count_of(text, HP_STR("xmlns")) > HP_XML_NAMESPACES)
        return "declares more namespaces than a list needs";
    if (!tags_are_short(text))
        return "has a tag or text longer than a list needs (32 KiB)";
    return NULL;
}

static xmlDocPtr
parse(hp_str text)
{
    xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
    xmlDocPtr doc;

    if (ctxt == NULL)
        return NULL;
    ctxt->sax->comment = NULL;
    /* The encoding that is given here overrules what the text says of itself. */
    doc = xmlCtxtReadMemory(ctxt, (const char *)text.p, (int)text.n, "", "UTF-8", OPTIONS);
    if (doc != NULL && (!ctxt->nsWellFormed || doc->intSubset != NULL ||
                        xmlDocGetRootElement(doc) == NULL)) {
        xmlFreeDoc(doc);
        doc = NULL;
    }
    xmlFreeParserCtxt(ctxt);
    return doc;
}

hp_xml *
hp_xml_read(hp_str text, hp_error *error)
{
    const char *wrong = what_is_wrong(text);
    xmlDocPtr doc;

    if (wrong != NULL) {
        hp_error_set(error, "%s", wrong);
        return NULL;
    }
    xmlInitParser();
    doc = parse(text);
    if (doc == NULL)
        hp_error_set(error, "is no well-formed XML document, or nests too deep");
    return (hp_xml *)(void *)doc;
}

void
hp_xml_free(hp_xml *xml)
{
    xmlFreeDoc(doc_of(xml));
}

/* ---- walking -------------------------------------------------------------- */

hp_xml_node *
hp_xml_root(const hp_xml *xml)
{
    return outside(xmlDocGetRootElement(doc_of(xml)));
}

hp_xml_node *
hp_xml_first(const hp_xml_node *node)
{
    return node != NULL ? outside(xmlFirstElementChild(node_of(node))) : NULL;
}

hp_xml_node *
hp_xml_after(const hp_xml_node *node)
{
    return node != NULL ? outside(xmlNextElementSibling(node_of(node))) : NULL;
}

static bool
is_named(xmlNodePtr node, const xmlChar *space, const xmlChar *name)
{
    const xmlChar *own = node->ns != NULL ? node->ns->href : NULL;

    return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, name) == 1 &&
           xmlStrEqual(own, space) == 1;
}

bool
hp_xml_is(const hp_xml_node *node, const char *space, const char *name)
{
    return node != NULL && is_named(node_of(node), (const xmlChar *)space, (const xmlChar *)name);
}

static hp_xml_node *
from(xmlNodePtr node, const xmlChar *space, const xmlChar *name)
{
    while (node != NULL && !is_named(node, space, name))
        node = node->next;
    return outside(node);
}

hp_xml_node *
hp_xml_child(const hp_xml_node *node, const char *space, const char *name)
{
    return node != NULL ? from(node_of(node)->children, (const xmlChar *)space,
                               (const xmlChar *)name)
                        : NULL;
}

hp_xml_node *
hp_xml_next(const hp_xml_node *node)
{
    xmlNodePtr inner = node_of(node);

    return from(inner->next, inner->ns != NULL ? inner->ns->href : NULL, inner->name);
}

/* In document order: down, else beside, else beside the nearest element above that has one. */
static xmlNodePtr
following(xmlNodePtr node)
{
    if (node->type == XML_ELEMENT_NODE && node->children != NULL)
        return node->children;
    while (node != NULL && node->next == NULL)
        node = node->parent;
    return node != NULL ? node->next : NULL;
}

size_t
hp_xml_count(const hp_xml *xml, const char *space, const char *name)
{
    xmlNodePtr node = doc_of(xml)->children;
    size_t n = 0;

    for (; node != NULL; node = following(node))
        n += is_named(node, (const xmlChar *)space, (const xmlChar *)name) ? 1 : 0;
    return n;
}

/* One text, and nothing beside it. */
static hp_str
only_text(const xmlNode *first)
{
    if (first == NULL || first->next != NULL || first->type != XML_TEXT_NODE ||
        first->content == NULL)
        return (hp_str){ NULL, 0 };
    return hp_str_of((const char *)first->content);
}

hp_str
hp_xml_text(const hp_xml_node *node)
{
    return only_text(node != NULL ? node_of(node)->children : NULL);
}

hp_str
hp_xml_attribute(const hp_xml_node *node, const char *name)
{
    xmlAttrPtr at = node != NULL ? xmlHasNsProp(node_of(node), (const xmlChar *)name, NULL)
                                 : NULL;

    if (at == NULL)
        return (hp_str){ NULL, 0 };
    return at->children == NULL ? HP_STR("") : only_text(at->children);
}

void
hp_xml_cut(hp_xml_node *node)
{
    xmlUnlinkNode(node_of(node));
    xmlFreeNode(node_of(node));
}

/* ---- canonical form ------------------------------------------------------- */

/* Attributes and namespaces are seen where their element is. */
static int
is_in(void *apex, xmlNodePtr node, xmlNodePtr parent)
{
    if (node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE)
        node = parent;
    while (node != NULL && node != apex)
        node = node->parent;
    return node != NULL;
}

/* libxml2 would print what it dislikes. */
static void
say_nothing(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
}

static bool
write_canonical(xmlDocPtr doc, xmlNodePtr apex, xmlBufferPtr to)
{
    xmlOutputBufferPtr out = xmlOutputBufferCreateBuffer(to, NULL);
    bool good;

    if (out == NULL)
        return false;
    good = xmlC14NExecute(doc, apex != NULL ? is_in : NULL, apex, XML_C14N_EXCLUSIVE_1_0, NULL,
                          0, out) >= 0;
    return xmlOutputBufferClose(out) >= 0 && good;
}

static bool
copy_out(xmlBufferPtr buffer, hp_bytes *out)
{
    out->n = (size_t)xmlBufferLength(buffer);
    out->p = malloc(out->n + 1);
    if (out->p == NULL)
        return false;
    memcpy(out->p, xmlBufferContent(buffer), out->n);
    return true;
}

bool
hp_xml_canonical(const hp_xml *xml, const hp_xml_node *apex, hp_bytes *out)
{
    xmlStructuredErrorFunc told = xmlStructuredError;
    void *context = xmlStructuredErrorContext;
    xmlBufferPtr buffer = xmlBufferCreate();
    bool good;

    *out = (hp_bytes){ NULL, 0 };
    xmlSetStructuredErrorFunc(NULL, say_nothing);
    good = buffer != NULL && write_canonical(doc_of(xml), node_of(apex), buffer) &&
           copy_out(buffer, out);
    xmlSetStructuredErrorFunc(context, told);
    xmlBufferFree(buffer);
    return good;
}
