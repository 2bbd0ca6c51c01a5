#!/usr/bin/python3
"""The real login(1) on a terminal, set up as the demo's README says."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, TOP, UVCI

PROMPT = "Scan your pass: "
CUT = "A code this long does not fit in here. Please ask for help."
GARBLED = "The code arrived garbled. Please check the keyboard's language and caps lock, or ask for help."
NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."
UNAVAILABLE = "Passes cannot be checked at the moment. Please try again later, or ask for help."

house, m = houses.build({"kiosk": None, "alice": PASSWORD})
with open(os.path.join(TOP, "pam_module/demo/README.md")) as file:
    edit = re.search(r"^ +(sed -i .*)$", file.read(), re.M).group(1)
subprocess.run(["sh", "-c", edit], check=True)
# Less waiting: pam_faildelay asks for 3 seconds of its own.
with open("/etc/pam.d/login") as file:
    text = file.read()
house.service("login", text.replace("auth       optional   pam_faildelay.so", "#"))


def login(*words):
    return pexpect.spawn("login", ["-p"] + list(words), timeout=20, encoding="utf-8",
                         env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"})


def end(child):
    child.close(force=True)


def shell(child, name):
    """Is this a shell, and whose?"""
    child.setecho(False)
    child.sendline("echo; echo I am $(id -un), $(ls /proc/self/fd | wc -l) open; "
                   "env | base64 -w0; echo; exit")
    found = child.expect([r"I am (\w+), (\d+) open\r\n", "incorrect", pexpect.EOF,
                          pexpect.TIMEOUT])
    if not tap.equal(found, 0, name):
        tap.diag(str(child.before)[-300:])
        return ""
    whose = child.match.group(1)
    # 0, 1, 2, and what ls opens itself.
    tap.equal(child.match.group(2), "4", "... with no descriptor of ours")
    return whose


def accepted(name, text):
    child = login("kiosk")
    child.expect_exact(PROMPT)
    child.send(text)
    found = child.expect([r"Pass accepted\. Valid until [^\r\n]+\.", "Please", pexpect.EOF])
    tap.equal(found, 0, name + " is accepted")
    tap.equal(shell(child, "... and opens a shell"), "kiosk", "... the kiosk's")
    end(child)
    lines = house.log("accepted: reason=ok id=2 stage=none service=login")
    tap.equal(len(lines), 1, "... one log line")
    tap.ok(lines and lines[0].startswith("<86>"), "... authpriv.info")


def refused(name, text, words, reason, priority="<85>"):
    child = login("kiosk")
    child.expect_exact(PROMPT)
    child.send(text)
    found = child.expect_exact([words, "accepted", pexpect.EOF, pexpect.TIMEOUT])
    tap.equal(found, 0, name + ": " + words)
    tap.equal(child.expect_exact(["Login incorrect", "$ ", pexpect.EOF]), 0, "... no shell")
    tap.lacks(child.before, text.strip() or "\0", "... the answer is not on the screen")
    end(child)
    lines = house.log("refused: reason=" + reason)
    tap.ok(lines and lines[0].startswith(priority), "... authpriv, " + reason)


# The demo's file as it is, and from here on without its two seconds a refusal.
accepted("a good pass", m.good + "\n")
refused("a forged pass", m.forged + "\n", NOT_ACCEPTED, "signer-unknown")
with open("/etc/pam.d/healthpass-kiosk") as file:
    text = file.read()
house.service("healthpass-kiosk", text.replace("match=none\n", "match=none fail-delay=0s\n"))

for length in (480, 700, 1093, 4095):
    accepted("a pass of %d characters" % length, m.padded(length) + "\n")
accepted("a pass that ends in CR", m.good + "\r")
refused("205 characters", m.empty(205) + "\n", NOT_ACCEPTED, "content")
refused("another's signature", m.unsigned + "\n", NOT_ACCEPTED, "signature")
refused("one more than the terminal takes", m.padded(4096) + "\n", CUT, "input-cut")
refused("a French keyboard", "HC&M" + m.good[4:] + "\n", GARBLED, "keyboard-layout")
refused("an empty line", "\n", "Please show your health pass.", "no-pass")
refused("Ctrl-D", "\x04", "Please show your health pass.", "no-pass")

# ---- our side cannot tell: nobody is asked, nobody gets in

for name, spoil, mend in (
        ("an empty trust folder",
         lambda: os.rename("/etc/healthpass/trust.d/issuer.pem", "/etc/healthpass/away"),
         lambda: os.rename("/etc/healthpass/away", "/etc/healthpass/trust.d/issuer.pem")),
        ("no trust folder",
         lambda: os.rename("/etc/healthpass/trust.d", "/etc/healthpass/gone"),
         lambda: os.rename("/etc/healthpass/gone", "/etc/healthpass/trust.d")),
        ("a policy that all may write",
         lambda: os.chmod("/etc/healthpass/policy.conf", 0o666),
         lambda: os.chmod("/etc/healthpass/policy.conf", 0o644))):
    spoil()
    child = login("kiosk")
    tap.equal(child.expect_exact([UNAVAILABLE, PROMPT, pexpect.EOF]), 0,
              name + ": " + UNAVAILABLE)
    tap.equal(child.expect_exact(["Login incorrect", "$ ", pexpect.EOF]), 0, "... no shell")
    end(child)
    tap.ok(house.log()[0].startswith("<83>"), "... authpriv.err")
    mend()
accepted("a pass when that is mended", m.good + "\n")

# ---- login -f, which agetty --autologin runs, skips auth

child = login("-f", "kiosk")
tap.equal(child.expect_exact(["Please show your health pass.", "$ ", PROMPT, pexpect.EOF]), 0,
          "login -f: the account phase denies")
child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=3)
tap.lacks(child.before, "$ ", "... no shell")
end(child)
lines = house.log("denied: reason=no-pass id=10 service=login")
tap.equal(len(lines), 1, "... the log says why")

# ---- everybody else logs in as ever

child = login("alice")
tap.equal(child.expect_exact(["Password: ", PROMPT, pexpect.EOF]), 0, "alice: a password")
child.sendline(PASSWORD)
tap.equal(shell(child, "... opens a shell"), "alice", "... hers")
end(child)
tap.equal(house.log(), [], "... and we have nothing to say about it")

everything = "".join(house.all)
for word in (m.good[4:40], m.forged[4:40], FAMILY, FAMILY.upper(), GIVEN, BIRTH, UVCI):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
