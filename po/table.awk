# table.awk: po/fr.po ... -> common/text/catalogue.h's table in C, on standard output.
#
# Plain awk, so that a build of nginx with this module needs no gettext.  Reads what msgfmt
# would put into a .mo file: neither fuzzy nor empty ones.  A quoted line of a .po file is a
# string of C.  What no text of ours has (a context, plural forms) is an error.

function fail(why) {
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

function quoted(line) {
    if (line !~ /^"(\\.|[^"\\])*"$/)
        fail("expected a string in quotes")
    return substr(line, 2, length(line) - 2)
}

function add(string) {
    if (part == "id")
        id = id string
    else if (part == "text")
        text = text string
    else
        fail("a string that belongs to nothing")
}

function end_entry() {
    if (part == "text" && id != "" && text != "" && !fuzzy)
        print "    { \"" id "\",\n      \"" text "\" },"
    if (part == "text")
        fuzzy = 0
    id = text = part = ""
}

function end_language() {
    end_entry()
    if (language != "")
        print "    { 0, 0 }\n};\n"
}

BEGIN {
    print "/* Made by po/table.awk of po/. */"
    print "#include \"text/catalogue.h\"\n"
}

FNR == 1 {
    end_language()
    language = FILENAME
    gsub(/^.*\/|\.po$/, "", language)
    languages = languages "    { \"" language "\", " language " },\n"
    print "static const hp_translation " language "[] = {"
}

{ sub(/\r$/, "") }
/^#,.*fuzzy/   { end_entry(); fuzzy = 1; next }
/^[ \t]*(#|$)/ { next }
/^msgid "/     { end_entry(); part = "id"; add(quoted(substr($0, 7))); next }
/^msgstr "/    { part = "text"; add(quoted(substr($0, 8))); next }
/^"/           { add(quoted($0)); next }
               { fail("neither msgid nor msgstr") }

END {
    if (failed)
        exit 1
    end_language()
    print "const hp_catalogue hp_catalogues[] = {\n" languages "    { 0, 0 }\n};"
}
