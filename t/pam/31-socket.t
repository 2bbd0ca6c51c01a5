#!/usr/bin/python3
"""The source `socket`: what a scan helper may answer, and whom the module believes."""

import contextlib
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import SILENT, Fails, Host
from material import Material
from scanner import REQUEST, Scanner, reply

m = Material()
path = m.path("run/scan.sock")
scanner = Scanner(path)
WORDS = "match=none source=socket socket=%s socket-user=%s timeout=2s" % (path, m.user)
m.service("socket", m.lines(WORDS))
m.service("both", m.lines(WORDS.replace("source=socket", "source=socket,prompt")))
m.service("two", m.lines(WORDS + " tries=2"))


def ask(service, *scripts, answers=(), flags=0):
    scanner.will(*scripts)
    host = Host(m.services, service, m.user)
    return host.authenticate(*answers, flags=flags), host


# ---- a pass

code, host = ask("socket", m.good.encode())
tap.equal((code, host.prompts), ("SUCCESS", []), "a pass by the socket, and no prompt")
tap.equal(host.infos[0], "Scan your pass", "the person is told what to do")
tap.contains(host.infos[1], "Pass accepted.", "... and what came of it")
tap.contains(host.log, " source=socket", "the log says where it came from")
tap.equal(host.account(), "SUCCESS", "account")
first = scanner.requests[0]
tap.ok(REQUEST.match(first) and first.endswith(b" 2\n"), "the request, with the time that there is")
code, host = ask("socket", m.good.encode(), flags=SILENT)
tap.equal((code, host.infos), ("SUCCESS", []), "PAM_SILENT: as under sudo, nothing is said")
tap.ok(scanner.requests[0] != first, "each request has an id of its own")
for end in ("\r", "\n", "\r\n", "\t"):
    tap.equal(ask("socket", (m.good + end).encode())[0], "SUCCESS", "... a scanner's %r is dropped" % end)

for length in (480, 700, 1093, 1500, 4095, 4200):
    code, host = ask("socket", m.padded(length).encode())
    tap.equal(code, "SUCCESS", "%d characters" % length)
long = m.padded(4200)
for length in (511, 1023, 4095):
    code, host = ask("socket", long[:length].encode())
    tap.equal(code, "AUTH_ERR", "%d of 4,200 characters" % length)
    tap.lacks(host.log, "input-cut", "... were cut by nobody on the way here")
jws = "shc:/" + "5" * 7995
code, host = ask("socket", jws.encode())
tap.equal((code, len(jws)), ("AUTH_ERR", 8000), "8,000 characters arrive")
tap.contains(host.log, "reason=kind-off", "... and are judged")
code, host = ask("socket", b"x" * 8145)
tap.contains(host.log, "reason=unknown-kind", "8,145 characters fit")
code, host = ask("socket", b"x" * 8146)
tap.equal(code, "AUTHINFO_UNAVAIL", "8,146 are no reply")
code, host = ask("two", m.forged.encode(), m.good.encode())
tap.equal((code, len(scanner.requests)), ("SUCCESS", 2), "a second try is a second request")

# ---- where the prompt cuts (GDM, 511) or fails (sudo), the socket brings the same pass whole

m.service("prompt", m.lines())
for text in (m.padded(700), m.padded(1093)):
    for answers, reason in (([text[:511]], "AUTH_ERR"), ([Fails("CONV_ERR")], "CONV_ERR")):
        code, host = ask("prompt", answers=answers)
        tap.equal(code, reason, "%d characters at a prompt for 511" % len(text))
    code, host = ask("both", text.encode(), answers=[Fails("CONV_ERR")])
    tap.equal((code, host.prompts, host.account()), ("SUCCESS", [], "SUCCESS"), "... and by the socket")

# ---- no pass

for script, name in (("none", "nobody showed one"), (b"", "an empty one"), (b"\r\n", "a line end")):
    code, host = ask("both", script)
    tap.equal((code, host.prompts), ("AUTH_ERR", []), name + ": refused, and nobody is asked to type")
    tap.contains(host.log, "reason=no-pass", "... as no pass")
code, host = ask("both", "long")
tap.equal((code, host.prompts), ("AUTH_ERR", []), "too long for the helper")
tap.contains(host.log, "reason=too-long", "... by its name")
code, host = ask("both", m.forged.encode(), answers=[m.good])
tap.equal((code, host.prompts), ("AUTH_ERR", []), "a forged one: no second source is asked")


def silent(connection, id):
    """Says nothing until the module hangs up, or for much longer than it waits."""
    connection.settimeout(10)
    with contextlib.suppress(TimeoutError):
        connection.recv(1)


started = time.monotonic()
code, host = ask("both", silent)
waited = time.monotonic() - started
tap.ok(code == "AUTH_ERR" and 1.9 < waited < 5, "a helper that is silent is waited for as long as timeout says")
tap.contains(host.log, "reason=no-pass", "... as no pass")

# Signals of the host's own neither end the wait nor make it longer.
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, True)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
code, host = ask("socket", lambda connection, id: (time.sleep(0.7), reply(connection, id, b"scan", m.good.encode())))
tap.equal(code, "SUCCESS", "a host that is interrupted all the time waits on")
started = time.monotonic()
code, host = ask("socket", silent)
tap.ok(code == "AUTH_ERR" and time.monotonic() - started < 5, "... and not longer")
signal.setitimer(signal.ITIMER_REAL, 0)

# ---- faults: never another source, never a way in

GOOD = m.good.encode()
FAULTS = {
    "the helper hangs up": (lambda connection, id: None, "hung up"),
    "another id": (lambda connection, id: reply(connection, b"0" * 32, b"scan", GOOD), "no reply"),
    "another version": (lambda connection, id: connection.send(b"HPSCAN/2 %s scan\n" % id + GOOD), "no reply"),
    "an unknown word": (lambda connection, id: reply(connection, id, b"scans", GOOD), "no reply"),
    "no word": (lambda connection, id: connection.send(b"HPSCAN/1 %s" % id), "no reply"),
    "a word with a text": (lambda connection, id: reply(connection, id, b"none", GOOD), "no reply"),
    "the pass alone": (lambda connection, id: connection.send(GOOD), "no reply"),
    "busy": ("busy", "serves somebody else"),
    "fault": ("fault", "scanner failed"),
}
for name, (script, why) in FAULTS.items():
    code, host = ask("both", script, answers=[m.good])
    tap.equal((code, host.prompts), ("AUTHINFO_UNAVAIL", []), name + ": cannot tell")
    tap.contains(host.log, "source socket: " + path, "... the log says where")
    tap.contains(host.log, why, "... and what")
    tap.lacks(host.log, m.good[:12], "... and nothing of the pass")
    tap.equal(host.errors, ["Passes cannot be checked at the moment. Please try again later, or ask for help."],
              "... the person is told that it is not the pass")
    tap.ok(host.account() != "SUCCESS", "... account denies")

# ---- whom it believes

m.service("stranger", m.lines("match=none source=socket,prompt socket=%s" % path))
scanner.will(GOOD)
with Host(m.services, "stranger", m.user) as host:
    tap.equal((host.authenticate(m.good), host.prompts), ("SERVICE_ERR", []), "a helper of neither root nor socket-user")
    tap.contains(host.log, "another user listens there, expected root (see socket-user)", "... by its name")
tap.equal(scanner.heard(), b"", "... is not even asked")
m.service("nobody", m.lines("match=none source=socket,prompt socket-user=nonesuch socket=%s" % path))
with Host(m.services, "nobody", m.user) as host:
    tap.equal(host.authenticate(m.good), "SERVICE_ERR", "a socket-user that is not there")
    tap.contains(host.log, "the user of socket-user is unknown here", "... by its name")
for mode in (0o775, 0o757, 0o777, 0o1777):
    os.chmod(m.path("run"), mode)
    code, host = ask("both", GOOD, answers=[m.good])
    tap.equal((code, host.prompts), ("SERVICE_ERR", []), "a folder with mode %o" % mode)
    tap.contains(host.log, "lets others write", "... by its name")
os.chmod(m.path("run"), 0o755)
datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
datagram.bind(m.path("run/other.sock"))
m.service("other", m.lines(WORDS.replace("scan.sock", "other.sock")))
with Host(m.services, "other", m.user) as host:
    tap.equal(host.authenticate(), "AUTHINFO_UNAVAIL", "a socket of another type is a fault")

# ---- away

tap.equal(ask("both", "absent", answers=[m.good])[0], "SUCCESS", "the helper has no scanner: the next source")
tap.equal(ask("socket", "absent")[0], "AUTHINFO_UNAVAIL", "... without one: cannot tell")
code, host = ask("both", "absent", answers=[m.forged])
tap.contains(host.log, "the helper has no scanner", "... the log has it")


def away(name):
    for service, answers, expected in (("both", [m.good], ("SUCCESS", 1)), ("socket", [], ("AUTHINFO_UNAVAIL", 0))):
        code, host = ask(service, answers=answers)
        tap.equal((code, len(host.prompts)), expected, "%s, %s" % (name, service))
        tap.contains(host.log, "source socket: " + path, "... is in the log")


scanner.end()
away("nobody listens")
os.unlink(path)
away("no socket")
os.unlink(m.path("run/other.sock"))
os.rmdir(m.path("run"))
away("no folder")

tap.done()
