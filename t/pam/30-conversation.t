#!/usr/bin/python3
"""What conversations do to an answer: failures, lengths, layouts, tries, time."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
import xkb
from host import PROMPT_ECHO_OFF, PROMPT_ECHO_ON, Fails, Host, Null, Slow
from material import Material

m = Material()
m.service("one", m.lines())
m.service("three", m.lines("match=none tries=3"))


def ask(service, *answers, user=None, flags=0):
    """(code, host), the host still open."""
    host = Host(m.services, service, user or m.user)
    return host.authenticate(*answers, flags=flags), host


def reason_of(log):
    return log[log.index("reason="):].split()[0]


# ---- what is typed is seen by nobody, unless the line says so

m.service("seen", m.lines("match=none echo"))
for service, style in (("one", PROMPT_ECHO_OFF), ("seen", PROMPT_ECHO_ON)):
    code, host = ask(service, m.good)
    tap.equal((code, [how for how, _ in host.prompts]), ("SUCCESS", [style]), service + ": how the prompt is shown")
    host.end()

# ---- the conversation itself fails

for given, expected in (("CONV_ERR", "CONV_ERR"), ("CONV_AGAIN", "INCOMPLETE"),
                        ("BUF_ERR", "BUF_ERR"), ("IGNORE", "CONV_ERR"),
                        ("NEW_AUTHTOK_REQD", "CONV_ERR"), ("ABORT", "CONV_ERR")):
    for text in (None, m.good):
        code, host = ask("one", Fails(given, text))
        tap.equal(code, expected, "the conversation ends with %s%s" % (
            given, " and leaves a pass" if text else ""))
        tap.equal((len(host.prompts), host.errors), (1, []), "... asked once, nothing said")
        if expected != "INCOMPLETE":
            tap.equal(host.account(), "PERM_DENIED", "... account")
        host.end()

code, host = ask("one", "any", flags=0x1)
tap.equal(code, "AUTH_ERR", "PAM_DISALLOW_NULL_AUTHTOK changes nothing")
tap.equal(host.authenticate("", flags=0x1), "AUTH_ERR", "... for an empty answer")

# ---- nothing that was answered reaches the next module or the log

seen = m.path("authtok")
command = m.write("keep.sh", "#!/bin/sh\ncat > %s\n" % seen, 0o755)
m.service("next", m.lines() + "auth optional pam_exec.so expose_authtok quiet %s\n" % command)
m.service("debug", m.lines("match=none debug"))
for answer in (m.good, m.forged, "correct horse"):
    code, host = ask("debug", answer)
    tap.lacks(host.log, answer, "the answer is not in the log, even with debug")
    tap.lacks(host.log, answer[:12], "... nor its beginning")
    tap.contains(host.log, " length=%d" % len(answer), "... only its length")
    # The next module asks for a password of its own: ours left none.
    code, host = ask("next", answer, "a password")
    with open(seen, "rb") as file:
        tap.equal(file.read().rstrip(b"\0"), b"a password", "... and it is no PAM_AUTHTOK")

# ---- lengths

# No Base45 text has 3k + 5 characters, so no pass has 512 or 1,022.
for length in (480, 511, 513, 700, 1021, 1023, 1093, 1500, 4095):
    code, host = ask("one", m.padded(length))
    tap.equal(code, "SUCCESS", "%d characters arrive whole" % length)

long = m.padded(4200)
for length, reason in ((510, None), (511, "input-cut"), (512, None), (1007, None),
                       (1021, None), (1022, "input-cut"), (1023, "input-cut"),
                       (1024, None), (4094, None), (4095, "input-cut"), (4096, None)):
    code, host = ask("one", long[:length])
    tap.equal(code, "AUTH_ERR", "%d of 4,200 characters are no pass" % length)
    if reason:
        tap.contains(host.log, "reason=input-cut id=13 stage=format service=one ", "... cut")
        tap.contains(host.log, " length=%d" % length, "... with the length that came")
    else:
        tap.lacks(host.log, "input-cut", "... and nobody says that it was cut")
        tap.lacks(host.log, "length=", "... nor how long it was")

code, host = ask("one", long[:511] + "\r\n")
tap.lacks(host.log, "input-cut", "513 characters that end in CR LF were not cut at 511")
code, host = ask("one", m.padded(511, by="stranger"))
tap.contains(host.log, "reason=signer-unknown", "a forged one of 511 was not cut")

# ---- keyboard layouts

LAYOUTS = {"French": "HC&M", "German": "HC1\u00d6", "Spanish": "HC1\u00d1",
           "Italian": "HC1\u00e7", "Portuguese": "HC1\u00c7", "Swiss": "HC1\u00e9",
           "Caps Lock": "hc1:"}
for name, start in LAYOUTS.items():
    code, host = ask("one", start + m.good[4:])
    tap.equal(code, "AUTH_ERR", "a scan on a %s keyboard" % name)
    tap.contains(host.log, "reason=keyboard-layout id=14", "... is named")
for name in ("us", "gb", "pl", "fr", "be", "it", "es", "pt", "de", "ch", "se"):
    for caps in (False, True):
        if caps or name not in ("us", "gb", "pl"):
            code, host = ask("one", xkb.Layout(name).type(m.good, caps))
            tap.contains(host.log, "reason=keyboard-layout", "%s%s" % (name, " with Caps Lock" if caps else ""))
code, host = ask("one", ("HC&M" + long[4:])[:511])
tap.contains(host.log, "reason=keyboard-layout", "the layout is named before the cut")

# ---- layouts that are undone: what XKB makes of the scanner's keys comes back, character for character

for name in ("us", "fr", "be", "it", "es", "pt"):
    m.service(name, m.lines("match=none layout=" + name))
    layout = xkb.Layout(name)
    for caps in (False, True):
        typed = layout.type(m.good, caps)
        tap.equal(len(set(layout.type(xkb.BASE45, caps))), 45,
                  "%s, %s Caps Lock: 45 characters remain 45" % (name, "with" if caps else "without"))
        code, host = ask(name, typed + "\r")
        tap.equal(code, "SUCCESS", "... a pass")
        tap.equal(" layout-undone" in host.log, typed != m.good, "... the log says what was done")
        code, host = ask(name, layout.type("HC1:" + xkb.BASE45 * 3, caps))
        other, plain = ask("one", "HC1:" + xkb.BASE45 * 3)
        tap.equal(reason_of(host.log), reason_of(plain.log), "... what is no pass is judged as it was scanned")
    code, host = ask(name, m.good)
    tap.equal((code, "layout-undone" in host.log), ("SUCCESS", False), "... one that came right is left alone")
    code, host = ask(name, xkb.Layout("de").type(m.good, False))
    tap.contains(host.log, "reason=keyboard-layout", "... what another layout made is not")
code, host = ask("fr", xkb.Layout("fr").type(m.good, False)[:-1] + "#")
tap.contains(host.log, "reason=keyboard-layout", "one character that no key gives: nothing is undone")
code, host = ask("us", "correct horse")
tap.contains(host.log, "reason=unknown-kind", "a password is not made another")
for name in ("de", "ch", "se"):
    tap.ok(len(xkb.Layout(name).type(xkb.BASE45, False)) < 45, "%s loses a character" % name)

# ---- tries

code, host = ask("three", m.forged, "", m.good)
tap.equal((code, len(host.prompts)), ("SUCCESS", 3), "the third of three tries is good")
tap.equal((len(host.errors), len(host.infos)), (2, 1), "... and each was answered")
tap.equal(len(host.log.splitlines()), 3, "... and logged")
tap.equal(host.account(), "SUCCESS", "... account")
code, host = ask("three", m.forged, Null, m.forged, m.good)
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 3), "a fourth is not taken")
code, host = ask("three", m.forged, Fails("CONV_ERR"), m.good)
tap.equal((code, len(host.prompts)), ("CONV_ERR", 2), "a failed conversation ends them")
code, host = ask("three", m.good)
tap.equal((code, len(host.prompts)), ("SUCCESS", 1), "a good one ends them")
code, host = ask("one", m.forged, m.good)
tap.equal((code, len(host.prompts)), ("AUTH_ERR", 1), "one try is the default")

# ---- prompt and time

m.service("prompt", m.lines("match=none [prompt=Scan %s now: ]"))
code, host = ask("prompt", m.good)
tap.equal(host.prompts, [(1, "Scan %s now: ")], "the prompt is taken as it is written")

m.service("hurry", m.lines("match=none timeout=1s"))
code, host = ask("hurry", Slow(1.2, m.good))
tap.equal(code, "AUTH_ERR", "an answer after the timeout is not taken")
tap.contains(host.log, "reason=no-pass", "... it is no pass")
tap.contains(host.log, " late", "... and the log says that it was late")
tap.equal(host.errors, ["Please show your health pass."], "... the person may try again")
code, host = ask("hurry", Slow(0.3, m.good))
tap.equal(code, "SUCCESS", "one before it is")

# ---- users

for name in ("nonesuch", "HC1:NCF", "a b"):
    code, host = ask("three", m.forged, m.good, user=name)
    known, other = ask("three", m.forged, m.good)
    tap.equal(code, "USER_UNKNOWN", "unknown user with a good pass")
    tap.equal((host.prompts, host.errors, host.infos),
              (other.prompts, other.errors, other.infos), "... is asked as anybody else")
    tap.lacks(host.log, name, "... and not named in the log")
    tap.equal(host.account(), "USER_UNKNOWN", "... account")
    code, host = ask("one", m.forged, user=name)
    tap.equal(code, "USER_UNKNOWN", "... with a bad pass")

tap.done()
