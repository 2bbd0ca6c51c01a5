#!/usr/bin/python3
"""The source `device`: a serial scanner, which here is a pseudo-terminal."""

import fcntl
import os
import signal
import stat
import sys
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from cards import Cards
from host import Host
from material import Material

if os.geteuid() != 0:
    tap.skip_all("the source device is for root only")

m = Material(ordinary=False)
cards = Cards(m)
master, line = os.openpty()
node = os.ttyname(line)
link = m.path("scanner")
os.symlink(node, link)
WORDS = "match=none source=device device=%s timeout=2s" % link
m.service("device", m.lines(WORDS + " policy=" + cards.policy))
m.service("both", m.lines(WORDS.replace("source=device", "source=device,prompt")))
m.service("hc1", m.lines(WORDS))


def scan(host, steps):
    """Once the person was told to scan: bytes are sent, numbers are seconds of nothing."""
    while not host.infos:
        time.sleep(0.005)
    for step in steps:
        if isinstance(step, float):
            time.sleep(step)
        else:
            os.write(master, step)


def ask(service, *steps, answers=(), before=b""):
    os.write(master, before)
    host = Host(m.services, service, m.user)
    thread = threading.Thread(target=scan, args=(host, steps), daemon=True)
    if steps:
        thread.start()
    code = host.authenticate(*answers)
    if steps:
        thread.join()
    return code, host


good = m.good.encode()
settings = termios.tcgetattr(line)
code, host = ask("hc1", good + b"\r\n")
tap.equal((code, host.prompts, host.infos[0]), ("SUCCESS", [], "Scan your pass"), "a pass from the scanner")
tap.contains(host.log, " source=device", "the log says where it came from")
tap.equal(termios.tcgetattr(line), settings, "the line is as it was")
tap.equal(host.account(), "SUCCESS", "account")
os.set_blocking(master, False)
try:
    echoed = os.read(master, 65536)
except BlockingIOError:
    echoed = b""
tap.equal(echoed, b"", "nothing of it went back to the scanner")
os.set_blocking(master, True)

for end in (b"\r", b"\n", b"\t"):
    tap.equal(ask("hc1", good + end)[0], "SUCCESS", "%r ends it" % end)
tap.equal(ask("hc1", good)[0], "SUCCESS", "and so does silence")
tap.equal(ask("hc1", b"\r\n", 0.1, good + b"\r")[0], "SUCCESS", "a line end before it does not")
tap.equal(ask("hc1", good[:100], 0.2, good[100:] + b"\r")[0], "SUCCESS", "it may come in parts")
tap.equal(ask("hc1", good[:100], 0.8, good[100:] + b"\r")[0], "AUTH_ERR", "... but not with half a second between them")
code, host = ask("hc1", good + b"\r", before=m.forged.encode() + b"\r\n")
tap.equal(code, "SUCCESS", "what the visitor before left is not taken")

for length in (480, 700, 1093, 1500, 4095, 4200):
    tap.equal(ask("hc1", m.padded(length).encode() + b"\r")[0], "SUCCESS", "%d characters" % length)
tap.equal(ask("device", cards.padded(8000)[0].encode() + b"\r")[0], "SUCCESS", "a card of 8,000 characters")
code, host = ask("hc1", m.padded(4200).encode()[:4095] + b"\r")
tap.lacks(host.log, "input-cut", "4,095 of 4,200 were cut by nobody on the way here")
code, host = ask("both", b"x" * 8145 + b"\r")
tap.contains(host.log, "reason=unknown-kind", "8,145 characters fit")
code, host = ask("both", b"x" * 8146 + b"\r")
tap.equal((code, host.prompts), ("AUTH_ERR", []), "8,146 do not")
tap.contains(host.log, "reason=too-long", "... by name")
tap.equal(ask("hc1", good + b"\r")[0], "SUCCESS", "... and nothing of them is left for the next")

three = [text.encode() + b"\r" for text in cards.issue("--preset", "adult-full", chunks=3)]


def parts(host):
    for n, part in enumerate((three[2], three[0], three[1]), 1):
        while len(host.infos) < n:
            time.sleep(0.005)
        os.write(master, part)


host = Host(m.services, "device", m.user)
threading.Thread(target=parts, args=(host,), daemon=True).start()
tap.equal((host.authenticate(), host.infos[:3]), ("SUCCESS", ["Scan your pass", "Scan code 1 of 3", "Scan code 2 of 3"]),
          "a card in three codes")

# ---- nothing, and time

started = time.monotonic()
code, host = ask("both", answers=[m.good])
tap.ok(code == "AUTH_ERR" and 1.9 < time.monotonic() - started < 2.9, "nothing is scanned: until the timeout")
tap.equal(host.prompts, [], "... and nobody is asked to type")
tap.contains(host.log, "reason=no-pass", "... as no pass")
started = time.monotonic()
code, host = ask("both", *[step for _ in range(9) for step in (b"x", 0.3)])
tap.ok(code == "AUTH_ERR" and time.monotonic() - started < 3.2, "what never ends is no longer waited for")
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, True)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
tap.equal(ask("hc1", 0.5, good + b"\r")[0], "SUCCESS", "a host that is interrupted all the time waits on")
signal.setitimer(signal.ITIMER_REAL, 0)

# ---- one that is not as it must be

UNAVAILABLE = ["Passes cannot be checked at the moment. Please try again later, or ask for help."]
was = os.stat(node)


def faulty(name, expected, why, service="both"):
    code, host = ask(service, answers=[m.good])
    tap.equal((code, host.prompts, host.errors), (expected, [], UNAVAILABLE), name + ": " + expected)
    tap.contains(host.log, "source device: ", "... the log says where")
    tap.contains(host.log, why, "... and what")


for mode in (0o624, 0o622, 0o666):
    os.chmod(node, mode)
    faulty("mode %o" % mode, "SERVICE_ERR", "is open to everybody")
os.chmod(node, stat.S_IMODE(was.st_mode))
os.chown(node, 65534, -1)
faulty("nobody's", "SERVICE_ERR", "belongs to another user")
os.chown(node, 0, -1)
fcntl.flock(line, fcntl.LOCK_EX)
faulty("in use", "AUTHINFO_UNAVAIL", "is in use by another program")
fcntl.flock(line, fcntl.LOCK_UN)
for target, why in (("/dev/null", "is no serial device"), (m.policy, "is no serial device"), (m.folder, "")):
    os.unlink(link)
    os.symlink(target, link)
    faulty(target.rsplit("/", 1)[1], "SERVICE_ERR" if why else "AUTHINFO_UNAVAIL", why)
tap.equal(ask("hc1", answers=[m.good])[0], "AUTHINFO_UNAVAIL", "... and without a prompt")

# ---- away

os.unlink(link)
for target in (None, "/dev/pts/99999"):
    if target:
        os.symlink(target, link)
    code, host = ask("both", answers=[m.good])
    tap.equal((code, len(host.prompts)), ("SUCCESS", 1), "not plugged in: the next source")
    tap.contains(host.log, "source device: %s: No such file" % link, "... is in the log")
    tap.equal(ask("hc1")[0], "AUTHINFO_UNAVAIL", "... without one: cannot tell")
os.unlink(link)
os.symlink(node, link)


def unplug(host):
    while not host.infos:
        time.sleep(0.005)
    os.write(master, good[:100])
    os.close(line)
    os.close(master)


# On a busy machine the scanner may be silent for long enough to end its text: another one then.
for attempt in range(5):
    host = Host(m.services, "both", m.user)
    thread = threading.Thread(target=unplug, args=(host,), daemon=True)
    thread.start()
    code = host.authenticate(m.good)
    thread.join()
    if code != "AUTH_ERR":
        break
    master, line = os.openpty()
    os.unlink(link)
    os.symlink(os.ttyname(line), link)
tap.equal((code, host.prompts), ("AUTHINFO_UNAVAIL", []), "unplugged amid a scan")
tap.contains(host.log, "source device: the scanner went away", "... is in the log")

# ---- an ordinary user

# Without an identity key, which he could not read.
plain = m.write("plain.conf", 'trust = "%s";\nrules = "minimal";\n' % m.trust)
m.service("plain", m.lines("match=none source=device,prompt device=%s policy=%s" % (link, plain)))
child = os.fork()
if child == 0:
    os.setresuid(65534, 65534, 65534)
    host = Host(m.services, "plain", "nobody")
    code = host.authenticate(m.good)
    os._exit(0 if code == "SERVICE_ERR" and "wants root" in host.log and not host.prompts else 1)
tap.equal(os.waitpid(child, 0)[1], 0, "an ordinary user: SERVICE_ERR")

tap.done()
