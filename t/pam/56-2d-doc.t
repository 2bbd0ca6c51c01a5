#!/usr/bin/python3
"""2D-DOC seals at a login: a scanner types their control characters, or they are no use."""

import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material

GARBLED = "The code arrived garbled. Please check the keyboard's language and caps lock, or ask for help."

m = Material()
m.run("keygen", "-o", m.path("seals"), "--2d-doc", "FRX2TE01")
os.mkdir(m.path("signers"))
shutil.move(m.path("seals/FRX2TE01.pub.der"), m.path("signers"))
m.run("trust", "import", "--from", "2d-doc", "--unsigned", "2d-doc", m.path("signers"), "-o", m.path("seals.store"))
m.write("policy.conf", m.policy_text(trust=m.path("seals.store")) + 'formats = "2d-doc";\n')
m.service("seal", m.lines())


def seal(*options):
    return m.run("issue", "--format", "2d-doc", "--key", m.path("seals/issuer.key"), "--kid", "FRX2TE01",
                 *options).rstrip("\n")


def shown(answer):
    host = Host(m.services, "seal", m.user)
    return host.authenticate(answer), host


good = seal("--preset", "adult-full")
for name, answer in (("a seal", good), ("the link of a QR code", seal("--preset", "adult-full", "--link")),
                     ("with the CR of a scanner", good + "\r")):
    code, host = shown(answer)
    tap.equal((code, host.infos), ("SUCCESS", ["Pass accepted."]), name + ": it has no end to tell of")
    tap.ok(re.search(r"issuer=FR kid=FRX2TE01 pass=[0-9a-f]{8}$", host.log.strip()), "... whose log line names the signer")
    tap.lacks(host.log, "ALEX", "... and not the holder")
    tap.equal(host.account(), "SUCCESS", "... account")
    host.end()

for name, answer, reason, words in (
        ("a forgery", seal("--preset", "adult-full", "--forge"), "signature", None),
        ("a positive test", seal("--preset", "test-positive"), "rule-failed", None),
        ("a scanner that types no control characters", re.sub(r"[\x00-\x1f]", "", good), "keyboard-layout", GARBLED),
        ("an HC1 pass, where only seals are accepted", m.good, "kind-off", None)):
    code, host = shown(answer)
    tap.equal(code, "AUTH_ERR", name + ": refused")
    tap.contains(host.log, "reason=%s " % reason, "... as " + reason)
    if words:
        tap.equal(host.errors, [words], "... and what to do")
    host.end()

tap.done()
