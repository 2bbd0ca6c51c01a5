#!/usr/bin/python3
"""A card in several codes is asked for code by code, in any order, at whatever source."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from cards import Cards
from host import SILENT, Fails, Host, Null, Slow
from material import Material
from scanner import Scanner

ANOTHER = "This code belongs to another pass."
BEFORE = "This code was scanned before."

m = Material()
cards = Cards(m)
PROMPT = "match=none policy=" + cards.policy
m.service("cards", m.lines(PROMPT))
m.service("two", m.lines(PROMPT + " tries=2"))
m.service("hc1", m.lines())
m.service("hurry", m.lines(PROMPT + " timeout=1s"))
one, two, three = cards.issue("--preset", "adult-full", chunks=3)
whole = cards.issue("--preset", "adult-full")[0]
others = cards.issue("--preset", "adult-test", chunks=3)
pair = cards.issue("--preset", "adult-full", chunks=2)


def ask(service, *answers, flags=0):
    host = Host(m.services, service, m.user)
    return host.authenticate(*answers, flags=flags), host


def asked(host):
    return [text for style, text in host.prompts]


FIRST, ONE, TWO, THREE = ("Scan your pass: ", "Scan code 1 of 3: ", "Scan code 2 of 3: ",
                          "Scan code 3 of 3: ")

code, host = ask("cards", whole)
tap.equal((code, asked(host)), ("SUCCESS", [FIRST]), "a card in one code")
for order, prompts in (((one, two, three), [FIRST, TWO, THREE]), ((one, three, two), [FIRST, TWO, TWO]),
                       ((two, one, three), [FIRST, ONE, THREE]), ((two, three, one), [FIRST, ONE, ONE]),
                       ((three, one, two), [FIRST, ONE, TWO]), ((three, two, one), [FIRST, ONE, ONE])):
    code, host = ask("cards", *(text + "\r" for text in order))
    tap.equal((code, asked(host), host.errors), ("SUCCESS", prompts, []),
              "codes %s" % ", ".join(text[5] for text in order))
tap.equal(len(host.log.splitlines()), 1, "... one line in the log")
tap.equal(host.account(), "SUCCESS", "... account")
for lang, prompt in (("fr", "Scannez le code 2 sur 3 : "), ("de", "Bitte Code 2 von 3 scannen: "),
                     ("es", "Escanee el código 2 de 3: "), ("it", "Scansioni il codice 2 di 3: ")):
    m.service(lang, m.lines(PROMPT + " lang=" + lang))
    code, host = ask(lang, one, two, three)
    tap.equal((code, asked(host)[1].replace("\u00a0", " ")), ("SUCCESS", prompt), lang)

# ---- codes that do not belong

code, host = ask("cards", one, one, two, two, three)
tap.equal((code, host.errors, asked(host)), ("SUCCESS", [BEFORE, BEFORE], [FIRST, TWO, TWO, THREE, THREE]),
          "codes given twice are told of, and asked for again")
for other, name in ((pair[1], "one of two codes"), (whole, "a whole card"), (m.good, "a pass of another kind"),
                    ("correct horse", "a password"), ("shc:/4/3/5676", "the fourth of three"),
                    ("shc:/2/33/5676", "of more than there are"), ("shc:/2/3/", "an empty one")):
    code, host = ask("cards", one, other, two, three)
    tap.equal((code, host.errors), ("SUCCESS", [ANOTHER]), name + " is told of")
    tap.lacks(host.log, other, "... and not in the log")
code, host = ask("cards", one, *[one] * 4, two, three)
tap.equal(code, "SUCCESS", "four that do not belong")
code, host = ask("cards", one, *[one] * 5, two, three)
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 6), "five, and the pass is given up")
tap.contains(host.log, "reason=no-pass", "... as none")
code, host = ask("cards", one, one, two, three, flags=SILENT)
tap.equal((code, host.errors, len(host.prompts)), ("SUCCESS", [], 4), "PAM_SILENT: prompts only")
code, host = ask("cards", one, others[1], three)
tap.equal(code, "AUTH_ERR", "as many codes of another card")
tap.contains(host.log, "reason=", "... are judged as one text, and refused")

# ---- tries count passes; what ends the asking

code, host = ask("two", one, others[1], three, one, two, three)
tap.equal((code, asked(host).count(FIRST)), ("SUCCESS", 2), "a card that is mixed up is one try, a good one the next")
code, host = ask("two", one, others[1], three, one, others[1], three, one, two, three)
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 6), "... of two")
for answer, name in ((Null, "Ctrl-D"), ("", "an empty line"), ("\r", "a line end")):
    code, host = ask("cards", one, answer, two, three)
    tap.equal((code, len(host.prompts)), ("AUTH_ERR", 2), name + " ends it")
    tap.contains(host.log, "reason=no-pass", "... no pass was shown")
code, host = ask("hurry", one, Slow(1.2, two), three)
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 2), "and so does one that is late")
tap.contains(host.log, " late", "... as the log says")
for given, expected in (("CONV_ERR", "CONV_ERR"), ("CONV_AGAIN", "INCOMPLETE"), ("ABORT", "CONV_ERR")):
    for text in (None, two):
        code, host = ask("cards", one, Fails(given, text), two, three)
        tap.equal((code, len(host.prompts)), (expected, 2), "the conversation ends with " + given)

# ---- what no further code can help

code, host = ask("hc1", one, two, three)
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 1), "where cards are not accepted nobody is asked on")
tap.contains(host.log, "reason=kind-off", "... and reads so")
long = cards.padded(8000, chunks=8)
code, host = ask("cards", *long)
tap.equal((code, len(host.prompts)), ("SUCCESS", 8), "8,000 characters in eight codes")
cut = [text[:1023] if n == 2 else text for n, text in enumerate(cards.padded(8000, chunks=4))]
code, host = ask("cards", *cut)
tap.contains(host.log, "reason=input-cut", "one of them cut by ssh")
code, host = ask("cards", *("shc:/%d/32/%s" % (n, "56" * 512) for n in range(1, 33)))
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 32), "32 codes are all asked for")
code, host = ask("cards", *("shc:/%d/32/%s" % (n, "56" * 2000) for n in range(1, 33)))
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 9), "... and no more than a card may be long")
tap.contains(host.log, "reason=too-long", "... by its name")

# ---- by a scan helper, who is asked for all of them

path = m.path("run/scan.sock")
scanner = Scanner(path)
m.service("socket", m.lines(PROMPT + " source=socket,prompt socket=%s socket-user=%s" % (path, m.user)))
scanner.will(two.encode(), one.encode(), three.encode())
code, host = ask("socket")
tap.equal((code, host.infos[:3], host.prompts), ("SUCCESS", [text[:-2] for text in (FIRST, ONE, THREE)], []),
          "three scans by the helper")
tap.contains(host.log, " source=socket", "... as the log says")
tap.equal(len(set(scanner.requests)), 3, "... three requests")
scanner.will(two.encode(), "absent")
code, host = ask("socket", one, three)
tap.equal((code, host.prompts), ("AUTHINFO_UNAVAIL", []), "a helper that goes away amid is a fault: nobody types the rest")
scanner.will("absent")
code, host = ask("socket", one, two, three)
tap.equal((code, asked(host)), ("SUCCESS", [FIRST, TWO, THREE]), "who began to type is asked to type on")
scanner.will(cards.padded(8000)[0].encode())
code, host = ask("socket")
tap.equal(code, "SUCCESS", "a pass of 8,000 characters by the socket")

tap.done()
