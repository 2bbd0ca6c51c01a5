/* XML of lists: what is read and what is refused, walking, and the canonical form. */
#include "unit.h"

#include "codec/xml.h"
#include "maker.h"

#include <stdlib.h>

static hp_error error;

static hp_xml *
read_text(hp_str text)
{
    error.text[0] = 0;
    return hp_xml_read(text.n < 65536 ? guard_end(text) : text, &error);
}

/* ---- reading ------------------------------------------------------------------ */

static void
refused(hp_str text, const char *word)
{
    assert_null(read_text(text));
    if (strstr(error.text, word) == NULL)
        print_error("no '%s' in: %s\n", word, error.text);
    assert_non_null(strstr(error.text, word));
}

static void
what_is_refused(void **state)
{
    (void)state;
    refused(HP_STR(""), "empty");
    refused(HP_STR("<!DOCTYPE a><a/>"), "DOCTYPE");
    refused(HP_STR("<a><!DOCTYPE a></a>"), "DOCTYPE");
    refused(HP_STR("<a>\0</a>"), "UTF-8");
    refused(HP_STR("<\0a\0/\0>\0"), "UTF-8");
    refused(HP_STR("<a>\xe9</a>"), "UTF-8");
    refused(HP_STR("\xff\xfe<a/>"), "UTF-8");
    refused(HP_STR("<x:a/>"), "well-formed");
    refused(HP_STR("<a>&b;</a>"), "well-formed");
    refused(HP_STR("<a b=\"&c;\"/>"), "well-formed");
    refused(HP_STR("<a><b></a>"), "well-formed");
    refused(HP_STR("<a/>x"), "well-formed");
    refused(HP_STR("<a b='1' b='2'/>"), "well-formed");
    refused(HP_STR("<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADw-a/+AD4-"), "well-formed");
}

/* A head, so many of one character or unit, a tail. */
static hp_str
many(const char *head, const char *unit, size_t times, const char *tail)
{
    static char *p; /* reachable to the end, so no leak */
    char *more;
    size_t h = strlen(head), n = strlen(unit), t = strlen(tail), i;

    more = realloc(p, h + n * times + t + 1);
    assert_non_null(more);
    p = more;
    memcpy(p, head, h);
    for (i = 0; i < times; i++)
        memcpy(p + h + n * i, unit, n);
    memcpy(p + h + n * times, tail, t + 1);
    return (hp_str){ (uint8_t *)p, h + n * times + t };
}

/* Each cap lets one through and refuses the next. */
static void
caps(void **state)
{
    (void)state;
    hp_xml_free(read_text(many("<a>", "<b/>", HP_XML_MAX / 4 - 2, " </a>")));
    assert_string_equal(error.text, "");
    refused(many("<a>", "<b/>", HP_XML_MAX / 4 - 2, "  </a>"), "longer");
    hp_xml_free(read_text(many("<a b='", "x", HP_XML_TAG_MAX - 8, "'><c/></a>")));
    assert_string_equal(error.text, "");
    refused(many("<a b='", "x", HP_XML_TAG_MAX - 7, "'><c/></a>"), "32 KiB");
    hp_xml_free(read_text(many("<a>", "x", HP_XML_TAG_MAX - 3, "</a>")));
    assert_string_equal(error.text, "");
    refused(many("<a>", "x", HP_XML_TAG_MAX - 2, "</a>"), "32 KiB");
    refused(many("<a/>", " ", HP_XML_TAG_MAX, ""), "32 KiB");
    hp_xml_free(read_text(many("<a>", "<b xmlns='c'/>", HP_XML_NAMESPACES, "</a>")));
    assert_string_equal(error.text, "");
    refused(many("<a>", "<b xmlns='c'/>", HP_XML_NAMESPACES + 1, "</a>"), "namespaces");
    refused(many("", "<a>", 10000, ""), "deep");
    hp_xml_free(NULL);
}

/* The only encoding is UTF-8, whatever the text says of itself. */
static void
encodings(void **state)
{
    static const char *const said[] = { "", "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", "\xef\xbb\xbf" };

    (void)state;
    for (size_t i = 0; i < COUNT(said); i++) {
        hp_xml *xml = read_text(MAKER_JOIN(hp_str_of(said[i]), HP_STR("<a>\xc3\xa9</a>")));

        assert_non_null(xml);
        assert_str_equal(hp_xml_text(hp_xml_root(xml)), HP_STR("\xc3\xa9"));
        hp_xml_free(xml);
    }
}

/* ---- walking -------------------------------------------------------------------- */

static void
texts_and_attributes(void **state)
{
    static const struct {
        const char *xml, *text; /* NULL: none */
    } texts[] = {
        { "<a>x</a>", "x" }, { "<a>x<!-- y -->z</a>", "xz" }, { "<a><!-- y --></a>", NULL },
        { "<a>x<![CDATA[<y>]]>z</a>", "x<y>z" }, { "<a>&lt;&#x41;</a>", "<A" }, { "<a/>", NULL },
        { "<a>x<b/></a>", NULL }, { "<a><b/>x</a>", NULL }, { "<a>x<?y z?>x</a>", NULL },
        { "<a>\r\n</a>", "\n" },
    };
    hp_xml *xml;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        hp_str text;

        xml = read_text(hp_str_of(texts[i].xml));
        assert_non_null(xml);
        text = hp_xml_text(hp_xml_root(xml));
        assert_int_equal(text.p == NULL, texts[i].text == NULL);
        if (text.p != NULL)
            assert_str_equal(text, hp_str_of(texts[i].text));
        hp_xml_free(xml);
    }
    xml = read_text(HP_STR("<a xmlns:n='u' n:b='1' c='2&amp;3' d=''/>"));
    assert_null(hp_xml_attribute(hp_xml_root(xml), "b").p);
    assert_str_equal(hp_xml_attribute(hp_xml_root(xml), "c"), HP_STR("2&3"));
    assert_non_null(hp_xml_attribute(hp_xml_root(xml), "d").p);
    assert_int_equal(hp_xml_attribute(hp_xml_root(xml), "d").n, 0);
    assert_null(hp_xml_attribute(hp_xml_root(xml), "e").p);
    assert_null(hp_xml_attribute(NULL, "c").p);
    assert_null(hp_xml_text(NULL).p);
    hp_xml_free(xml);
}

static void
elements(void **state)
{
    hp_xml *xml = read_text(HP_STR("<!-- x --><a xmlns='u' xmlns:v='v'>t<b i='1'/><v:b><b i='2'/>"
        "</v:b><c/><b i='3'/> </a>"));
    hp_xml_node *root, *node;

    (void)state;
    assert_non_null(xml);
    root = hp_xml_root(xml);
    assert_true(hp_xml_is(root, "u", "a"));
    assert_false(hp_xml_is(root, "v", "a") || hp_xml_is(root, "u", "b") || hp_xml_is(NULL, "u", "a"));
    node = hp_xml_child(root, "u", "b");
    assert_str_equal(hp_xml_attribute(node, "i"), HP_STR("1"));
    assert_ptr_equal(node, hp_xml_first(root));
    assert_true(hp_xml_is(hp_xml_after(node), "v", "b"));
    assert_str_equal(hp_xml_attribute(hp_xml_next(node), "i"), HP_STR("3"));
    assert_null(hp_xml_next(hp_xml_next(node)));
    assert_null(hp_xml_after(hp_xml_next(node)));
    assert_null(hp_xml_child(root, "u", "d"));
    assert_null(hp_xml_first(node));
    assert_null(hp_xml_first(NULL));
    assert_null(hp_xml_after(NULL));
    assert_null(hp_xml_child(NULL, "u", "b"));
    assert_int_equal(hp_xml_count(xml, "u", "b"), 3);
    assert_int_equal(hp_xml_count(xml, "v", "b"), 1);
    assert_int_equal(hp_xml_count(xml, "u", "a"), 1);
    hp_xml_cut(hp_xml_child(root, "v", "b"));
    assert_int_equal(hp_xml_count(xml, "u", "b"), 2);
    hp_xml_free(xml);
}

/* ---- canonical form ---------------------------------------------------------------- */

/* Of the root's first element, or of the whole document; see Exclusive XML Canonicalization 2.2. */
static void
canonical_forms(void **state)
{
    static const struct {
        const char *xml, *first, *whole;
    } forms[] = {
        { "<n0:a xmlns:n0='a:b' xmlns:n3='ftp://example.org'><n1:e xmlns:n1='http://example.net' "
          "xml:lang='en'><n3:s xmlns:n3='ftp://example.org'/></n1:e></n0:a>",
          "<n1:e xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:s "
          "xmlns:n3=\"ftp://example.org\"></n3:s></n1:e>",
          "<n0:a xmlns:n0=\"a:b\"><n1:e xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:s "
          "xmlns:n3=\"ftp://example.org\"></n3:s></n1:e></n0:a>" },
        { "<?p i?><a xmlns='u:u' z='1' b='\"'><c d='&#10;'>&gt;<!-- x --></c> </a>",
          "<c xmlns=\"u:u\" d=\"&#xA;\">&gt;</c>",
          "<?p i?>\n<a xmlns=\"u:u\" b=\"&quot;\" z=\"1\"><c d=\"&#xA;\">&gt;</c> </a>" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        hp_xml *xml = read_text(hp_str_of(forms[i].xml));
        hp_bytes out;

        assert_non_null(xml);
        assert_true(hp_xml_canonical(xml, hp_xml_first(hp_xml_root(xml)), &out));
        assert_str_equal(((hp_str){ out.p, out.n }), hp_str_of(forms[i].first));
        hp_bytes_free(&out);
        assert_true(hp_xml_canonical(xml, NULL, &out));
        assert_str_equal(((hp_str){ out.p, out.n }), hp_str_of(forms[i].whole));
        hp_bytes_free(&out);
        alloc_start(1);
        assert_false(hp_xml_canonical(xml, NULL, &out));
        alloc_start(0);
        hp_xml_free(xml);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_refused),
    cmocka_unit_test(caps),
    cmocka_unit_test(encodings),
    cmocka_unit_test(texts_and_attributes),
    cmocka_unit_test(elements),
    cmocka_unit_test(canonical_forms),
};

UNIT_MAIN(tests)
