#!/usr/bin/python3
"""A private sshd on 127.0.0.1: password, then pass, by keyboard-interactive; and a key."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, UVCI
from sshd import Sshd, needed, rest
from uncut import Login

COMMAND = "echo I am $(id -un)"
PROMPT = "Scan your pass, then press Enter: "
TOO_LONG = "This is too long for a health pass. Please give only the code of the pass."
NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."
needed()

house, m = houses.build({"alice": PASSWORD})
house.include("sshd", "@include healthpass-after-password", after="@include common-auth")
with open("/etc/pam.d/healthpass-after-password") as file:
    text = file.read()
house.service("healthpass-after-password", text.replace(
    "match=none [", "match=none fail-delay=0s ["))


def password(*options, command=COMMAND):
    return sshd.password(*options, command=command)


def scan(name, text, reason):
    """Password, pass; does a command run, and what does the log say?"""
    child = password()
    child.expect_exact(PROMPT)
    child.send(text)
    said = rest(child)
    accepted = reason == "ok"
    tap.equal(("I am alice" in said, "Permission denied" in said), (accepted, not accepted),
              name + (": a command runs" if accepted else ": no command runs"))
    lines = house.log("reason=%s " % reason)
    tap.equal(len(lines), 1, "... one log line, " + reason)
    return lines[0] if lines else ""


def uncut(name, text, reason):
    """The same with a client that cuts nothing; the login, and our log line."""
    login = Login(sshd.port, "alice", (PASSWORD, text), COMMAND)
    shown.append(text[40:80])
    accepted = reason == "ok"
    tap.equal(login.asked, ["Password: ", PROMPT], name + ": asked for both")
    tap.equal((login.said, login.status), ("I am alice\n", 0) if accepted else (None, None),
              "... a command runs" if accepted else "... no command runs")
    lines = house.log("")
    ours = [line for line in lines if "pam_healthpass" in line]
    tap.equal([("reason=%s " % reason) in line for line in ours], [True],
              "... one log line, " + reason)
    for word in ("Accepted keyboard-interactive/pam", "session opened"):
        tap.equal(sum(word + " for " in line for line in lines), int(accepted),
                  "... %s line of sshd, %s" % ("one" if accepted else "no", word))
    return login, "".join(ours)


shown = []
sshd = Sshd(m)
try:
    for length in (480, 700, 1023):
        scan("a pass of %d characters" % length, m.padded(length) + "\n", "ok")
    scan("205 characters", m.empty(205) + "\n", "content")
    scan("a forged pass", m.forged + "\n", "signer-unknown")
    for length in (1093, 4095):
        line = scan("the ssh client cuts %d characters at 1,023" % length,
                    m.padded(length) + "\n", "input-cut")
        tap.contains(line, " length=1023", "... the log has the length")
    scan("an empty line", "\n", "no-pass")

    # The limit is the client's: sshd hands on what it gets, and ours is 4,296.
    for length in (1093, 4095, 4296):
        uncut("%d characters, uncut" % length, m.padded(length), "ok")
    # Its first 4,296 characters alone would be accepted, as was just seen.
    login, line = uncut("8000 characters, uncut", m.padded(4296).ljust(8000, "0"), "too-long")
    tap.contains(line, "refused: reason=too-long id=12 stage=format service=sshd ",
                 "... refused as such")
    tap.contains("".join(login.told), TOO_LONG, "... the person is told")

    # sshd keeps messages back until a prompt, its refusal or a shell goes out with them;
    # the ssh client shows those that come with the refusal from LogLevel INFO on.
    child = password("-o", "LogLevel=INFO")
    child.expect_exact(PROMPT)
    child.sendline(m.forged)
    tap.contains(rest(child), NOT_ACCEPTED, "the person reads why not with the refusal")
    house.log()
    child = password(command=None)
    child.expect_exact(PROMPT)
    child.sendline(m.good)
    tap.equal(child.expect([r"Pass accepted\. Valid until [^\r\n]+\.", pexpect.EOF]), 0,
              "with a shell the person reads that the pass is accepted")
    child.sendline("exit")
    rest(child)
    house.service("healthpass-after-password", text.replace("match=none [",
                                                            "match=none tries=2 ["))
    child = password()
    child.expect_exact(PROMPT)
    child.sendline(m.forged)
    tap.equal(child.expect_exact([NOT_ACCEPTED, pexpect.EOF]), 0,
              "with tries=2 the person reads why not before the next prompt")
    child.expect_exact(PROMPT)
    child.sendline(m.good)
    tap.contains(rest(child), "I am alice", "... and may show another pass")
    house.log()

    os.rename("/etc/healthpass/trust.d/issuer.pem", "/etc/healthpass/away")
    said = rest(password())
    tap.ok(PROMPT not in said and "I am alice" not in said,
           "no trusted key: nobody is asked for a pass, no command runs")
    tap.equal(len(house.log("reason=trust-missing ")), 1, "... one log line")
    os.rename("/etc/healthpass/away", "/etc/healthpass/trust.d/issuer.pem")

    # A key skips the auth phase, and only the account phase stands in the way.
    tap.lacks(rest(sshd.ssh("publickey", "-i", sshd.key(), command=COMMAND)), "I am alice",
              "a key without a pass: no command runs")
    lines = house.log("denied: reason=no-pass id=10 service=sshd")
    tap.equal(len(lines), 1, "... the log says why")
finally:
    sshd.stop()

house.log()
ours = "".join(line for line in house.all if "pam_healthpass" in line)
everything = "".join(house.all)
tap.lacks(ours, "alice", "our lines name no user")
for word in (PASSWORD, m.good[4:40], FAMILY, FAMILY.upper(), GIVEN, BIRTH, UVCI, *shown):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
