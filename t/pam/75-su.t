#!/usr/bin/python3
"""The real su(1), with the demo's lines that ask for a pass after the password."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, UVCI

PROMPT = "Scan your pass, then press Enter: "
CUT = "A code this long does not fit in here. Please ask for help."
NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."

house, m = houses.build({"alice": PASSWORD, "bob": PASSWORD})
house.include("su", "@include healthpass-after-password", after="@include common-auth")
with open("/etc/pam.d/healthpass-after-password") as file:
    text = file.read()
house.service("healthpass-after-password", text.replace(
    "match=none [", "match=none fail-delay=0s ["))


def su(caller="alice"):
    words = ["su", "bob", "-c", "echo I am $(id -un)"]
    if caller:
        words = ["setpriv", "--reuid", caller, "--regid", "nogroup", "--clear-groups"] + words
    return pexpect.spawn(words[0], words[1:], timeout=20, encoding="utf-8",
                         env=dict(os.environ, LC_ALL="C"))


def scan(name, text, expected, reason):
    child = su()
    child.expect_exact("Password: ")
    child.sendline(PASSWORD)
    child.expect_exact(PROMPT)
    child.send(text)
    tap.equal(child.expect_exact([expected, pexpect.EOF, pexpect.TIMEOUT]), 0,
              name + ": " + expected)
    child.expect(pexpect.EOF)
    child.close()
    accepted = reason == "ok"
    tap.equal(child.exitstatus == 0, accepted, "... exit status")
    tap.equal("I am bob" in child.before, accepted, "... a command runs or not")
    tap.equal(len(house.log("reason=%s " % reason)), 1, "... one log line, " + reason)


for length in (480, 700, 1093, 4095):
    scan("a pass of %d characters" % length, m.padded(length) + "\n",
         "Pass accepted. Valid until ", "ok")
scan("205 characters", m.empty(205) + "\n", NOT_ACCEPTED, "content")
scan("a forged pass", m.forged + "\n", NOT_ACCEPTED, "signer-unknown")
scan("more than the terminal takes", m.padded(4200) + "\n", CUT, "input-cut")
scan("an empty line", "\n", "Please show your health pass.", "no-pass")
scan("Ctrl-D", "\x04", "Please show your health pass.", "no-pass")

child = su()
child.expect_exact("Password: ")
child.sendline("wrong")
tap.equal(child.expect_exact([PROMPT, "Authentication failure"]), 1,
          "a wrong password is not asked for a pass")
child.close(force=True)
house.log()

os.rename("/etc/healthpass/trust.d/issuer.pem", "/etc/healthpass/away")
child = su()
child.expect_exact("Password: ")
child.sendline(PASSWORD)
tap.equal(child.expect_exact(["Passes cannot be checked at the moment.", PROMPT]), 0,
          "no trusted key: nobody is asked")
child.expect(pexpect.EOF)
child.close()
tap.contains(child.before, "Authentication service cannot retrieve authentication info",
             "... su says that it is not the pass")
tap.ok(child.exitstatus != 0 and "I am bob" not in child.before, "... and no command runs")
tap.equal(len(house.log("reason=trust-missing ")), 1, "... one log line")
os.rename("/etc/healthpass/away", "/etc/healthpass/trust.d/issuer.pem")

child = su(caller=None)
tap.equal(child.expect_exact(["Please show your health pass.", "I am bob", PROMPT]), 0,
          "root, whom pam_rootok lets past auth, is denied by the account phase")
child.expect(pexpect.EOF)
child.close()
tap.ok(child.exitstatus != 0 and "I am bob" not in child.before, "... and no command runs")

house.log()
everything = "".join(house.all)
tap.lacks(everything, PASSWORD, "the password is not in the system log")
for word in (m.good[4:40], FAMILY, FAMILY.upper(), GIVEN, BIRTH, UVCI):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
