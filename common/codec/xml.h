/*
 * hp_xml: XML documents that are trust lists.  The only door to libxml2.
 *
 * A document is read without network, DTD and entities, in UTF-8 only.  Comments and the
 * difference between text and CDATA are gone once it is read, as in its canonical form: what
 * is signed and what is read cannot differ by them.  It allocates, and has no place on the
 * way of a pass.
 */
#ifndef HP_CODEC_XML_H
#define HP_CODEC_XML_H

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"

#define HP_XML_MAX        (2u << 20)  /* bytes of a document */
#define HP_XML_TAG_MAX    (32u << 10) /* bytes from one tag's beginning to the next one's */
#define HP_XML_NAMESPACES 64          /* declarations of namespaces */

typedef struct hp_xml hp_xml;
typedef struct hp_xml_node hp_xml_node; /* an element */

/* NULL with *error when it is no well-formed document of the kind above. */
hp_xml *hp_xml_read(hp_str text, hp_error *error);

/* Ends a document with all of its elements.  NULL does no harm. */
void hp_xml_free(hp_xml *xml);

hp_xml_node *hp_xml_root(const hp_xml *xml);

/* Its first element, the next element beside it; NULL when there is none, or node is NULL. */
hp_xml_node *hp_xml_first(const hp_xml_node *node);
hp_xml_node *hp_xml_after(const hp_xml_node *node);

/* Is it an element of that namespace and name?  node may be NULL. */
bool hp_xml_is(const hp_xml_node *node, const char *space, const char *name);

/* The first element of that name in it, and the next one beside it. */
hp_xml_node *hp_xml_child(const hp_xml_node *node, const char *space, const char *name);
hp_xml_node *hp_xml_next(const hp_xml_node *node);

/* How many elements of that name are in the whole document, at any depth. */
size_t hp_xml_count(const hp_xml *xml, const char *space, const char *name);

/* What it holds when that is text alone; .p is NULL otherwise.  Borrowed. */
hp_str hp_xml_text(const hp_xml_node *node);

/* The value of an attribute without a namespace; .p is NULL when there is none.  Borrowed. */
hp_str hp_xml_attribute(const hp_xml_node *node, const char *name);

/*
 * Exclusive Canonical XML 1.0, without comments, of the element with all in it, or of the
 * whole document (NULL).  On success *out is the caller's, to be ended with hp_bytes_free().
 */
bool hp_xml_canonical(const hp_xml *xml, const hp_xml_node *apex, hp_bytes *out);

/* Takes an element out of the document, and ends it. */
void hp_xml_cut(hp_xml_node *node);

#endif
