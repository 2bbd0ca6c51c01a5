#!/usr/bin/python3
"""Accepted, refused, fault, nothing shown: each with its codes, words and log line."""

import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import SILENT, Host, Null
from material import Material

UNREADABLE = "The code could not be read. Please scan it again, or ask for help."
GARBLED = "The code arrived garbled. Please check the keyboard's language and caps lock, or ask for help."
TOO_LONG = "This is too long for a health pass. Please give only the code of the pass."
NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."
RULES = "This pass does not meet the entry rules. Please show one that does, or ask for help."
NO_PASS = "Please show your health pass."
UNAVAILABLE = "Passes cannot be checked at the moment. Please try again later, or ask for help."

m = Material()
m.service("one", m.lines())


def refused(name, answer, reason, stage, words, auth="AUTH_ERR", account="PERM_DENIED"):
    """Shows one answer; the codes, what the person reads, and the line must agree."""
    with Host(m.services, "one", m.user) as host:
        tap.equal(host.authenticate(answer), auth, name + ": auth")
        tap.equal((host.errors, host.infos), ([words], []), "... what the person reads")
        tap.contains(host.log, "reason=%s " % reason, "... the reason in the log")
        tap.contains(host.log, " stage=%s service=one tty=tty7 " % stage, "... the stage")
        tap.equal(host.account(), account, "... account")
        tap.equal(len(host.log.splitlines()), 1, "... which says so in one line")


# ---- accepted

with Host(m.services, "one", m.user) as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "a good pass: auth")
    tap.equal(host.prompts, [(1, "Scan your pass: ")], "... one hidden prompt")
    tap.equal(host.errors, [], "... no error message")
    said = host.infos[0] if host.infos else ""
    tap.ok(re.fullmatch(r"Pass accepted\. Valid until (\d{4}-\d\d-\d\d )?\d\d:\d\d\.", said),
           "... until when it holds: " + said)
    tap.ok(len(said) < 160, "... in fewer than 160 bytes")
    tap.equal(len(host.log.splitlines()), 1, "... one log line")
    tap.ok(re.search(r"\): accepted: reason=ok id=2 stage=none service=one tty=tty7 "
                     r"issuer=XX kid=[0-9a-f]{16} pass=[0-9a-f]{8}$", host.log.strip()),
           "... with reason, stage, service, tty, issuer, key id and pass id")
    tap.equal(host.delay or 0, 0, "... no delay")
    tap.equal(host.account(), "SUCCESS", "... account")
    tap.equal(host.log, "", "... in silence")
    tap.equal((host.setcred(), host.open_session(), host.close_session()),
              ("SUCCESS",) * 3, "... setcred and the session")

for name, answer in (("CR LF", m.good + "\r\n"), ("TAB", m.good + "\t"),
                     ("TAB before and CR after", "\t" + m.good + "\r")):
    with Host(m.services, "one", m.user) as host:
        tap.equal(host.authenticate(answer), "SUCCESS", "%s around it is taken off" % name)

# ---- refused

refused("a stranger's pass", m.forged, "signer-unknown", "issuer", NOT_ACCEPTED)
refused("a signature that does not hold", m.unsigned, "signature", "signature", NOT_ACCEPTED)
refused("no content, 205 characters", m.empty(205), "content", "content", NOT_ACCEPTED)
refused("an expired pass", m.expired, "expired", "validity", RULES, account="ACCT_EXPIRED")
refused("a positive test", m.positive, "rule-failed", "rules", RULES)
# Whole Base45 triplets, so that it is the compressed stream that ends too soon.
refused("a pass without its end", m.good[:(len(m.good) - 4) // 3 * 3 - 20], "compression", "compression", UNREADABLE)
refused("a pass in lower case", m.good.lower(), "keyboard-layout", "format", GARBLED)
refused("a password", "correct horse", "unknown-kind", "format", NOT_ACCEPTED)
refused("4,297 characters", "HC1:" + "A" * 4293, "too-long", "format", TOO_LONG)
refused("200,000 characters", "HC1:" + "A" * 199996, "too-long", "format", TOO_LONG)

# ---- nothing shown

for name, answer in (("NULL", Null), ("an empty answer", ""), ("only CR LF", "\r\n"),
                     ("only TAB", "\t"), ("only spaces", "   ")):
    refused(name, answer, "no-pass", "format", NO_PASS)

# ---- our side cannot tell


def fault(name, code, policy, part):
    m.service("fault", m.lines("match=none policy=" + policy))
    with Host(m.services, "fault", m.user) as host:
        tap.equal(host.authenticate(m.good), code, name + ": auth")
        tap.equal((host.prompts, host.errors), ([], [UNAVAILABLE]),
                  "... nobody is asked, and told that it is not the pass")
        tap.ok(len(host.log.splitlines()) == 1 and part in host.log,
               "... the log names it") or tap.diag(host.log)
        tap.equal(host.account(), "PERM_DENIED", "... account")


fault("no policy", "SERVICE_ERR", m.path("none.conf"), "none.conf")
fault("a broken policy", "SERVICE_ERR",
      m.write("broken.conf", m.policy_text() + "rules = minimal\n"), "broken.conf:4")
fault("an unknown key", "SERVICE_ERR",
      m.write("unknown.conf", m.policy_text() + "rulez = 1;\n"), "unknown.conf:4")
fault("a policy that all may write", "SERVICE_ERR",
      m.write("open.conf", m.policy_text(), mode=0o666), "open.conf")
os.symlink(m.policy, m.path("link.conf"))
fault("a policy behind a link", "SERVICE_ERR", m.path("link.conf"), "link.conf")
os.mkfifo(m.path("fifo.conf"), 0o600)
fault("a policy that is a FIFO", "SERVICE_ERR", m.path("fifo.conf"), "fifo.conf")
os.mkdir(m.path("empty"), 0o755)
fault("an empty trust folder", "AUTHINFO_UNAVAIL",
      m.write("empty.conf", m.policy_text(trust=m.path("empty"))), "trust-missing")
fault("no trust folder", "AUTHINFO_UNAVAIL",
      m.write("gone.conf", m.policy_text(trust=m.path("gone"))), m.path("gone"))
m.write("short.key", os.urandom(31), 0o600)
fault("an identity key of 31 bytes", "SERVICE_ERR",
      m.write("short.conf", m.policy_text().replace("identity.key", "short.key")),
      m.path("short.key"))

# ---- the policy is looked at again when the answer is there

shutil.copytree(m.trust, m.path("changing"))
changing = m.write("changing.conf", m.policy_text(trust=m.path("changing")))
m.service("changing", m.lines("match=none policy=" + changing))


def withdraw():
    """What a person does who answers after the signer was taken away."""
    os.unlink(m.path("changing/issuer.pem"))
    return m.good


with Host(m.services, "changing", m.user) as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "before the signer is taken away")


with Host(m.services, "changing", m.user) as host:
    tap.equal(host.authenticate(withdraw), "AUTHINFO_UNAVAIL",
              "a signer taken away at the prompt no longer counts")

# ---- who is told, and who waits

m.service("quiet", m.lines("match=none quiet"))
for service, flags, name in (("quiet", 0, "quiet"), ("one", SILENT, "PAM_SILENT")):
    for answer in (m.good, m.forged):
        with Host(m.services, service, m.user) as host:
            host.authenticate(answer, flags=flags)
            tap.equal((len(host.prompts), host.errors, host.infos), (1, [], []),
                      name + ": a prompt, but no message from auth")
            host.account(flags=flags)
            tap.equal((host.errors, host.infos), ([], []), "... nor from account")

m.service("slow", m.lines("match=none fail-delay=3s"))
m.service("default", m.lines(delay=False))
for service, seconds in (("slow", 3), ("default", 2)):
    with Host(m.services, service, m.user) as host:
        host.authenticate(m.forged)
        tap.ok(host.delay and seconds * 5e5 <= host.delay <= seconds * 15e5,
               "a refusal asks for %d seconds" % seconds)
    with Host(m.services, service, m.user) as host:
        host.authenticate(m.good)
        tap.equal(host.delay or 0, 0, "... and success for none")

tap.done()
