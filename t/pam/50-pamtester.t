#!/usr/bin/python3
"""pamtester under pam_wrapper, as an ordinary user, by pipe and at a terminal."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import tap
from material import Material

if not shutil.which("pamtester"):
    tap.skip_all("pamtester is not installed")

m = Material()
m.service("pipe", m.lines())
os.mkdir(m.path("nothing"), 0o755)
for name, text in (("empty", m.policy_text(trust=m.path("nothing"))),
                   ("gone", m.policy_text(trust=m.path("gone"))), ("broken", "trust = 1;\n")):
    m.service(name, m.lines("match=none policy=" + m.write(name + ".conf", text)))
m.service("option", m.lines("match=none audit=syslog"))
m.service("account", "auth required pam_permit.so\n" + m.lines().split("\n", 1)[1])

PRELOAD = (os.environ.get("HEALTHPASS_PRELOAD", "") + " libpam_wrapper.so").strip()
ENVIRONMENT = dict(os.environ, LD_PRELOAD=PRELOAD, PAM_WRAPPER="1", LC_ALL="C",
                   PAM_WRAPPER_SERVICE_DIR=m.services)
if "HEALTHPASS_PRELOAD" in os.environ:
    ENVIRONMENT["PAM_WRAPPER_DISABLE_DEEPBIND"] = "1"
PHASES = ["authenticate", "acct_mgmt"]
SUCCESS = "account management done"
AUTH_ERR = "Authentication failure"
UNAVAIL = "Authentication service cannot retrieve authentication info"
SERVICE_ERR = "Error in service module"


def by_pipe(service, answer, expected, name, user=None, phases=PHASES):
    done = subprocess.run(["pamtester", service, user or m.user] + phases, env=ENVIRONMENT,
                          input=answer.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    said = done.stdout.decode("utf-8", "replace")
    tap.ok(expected in said and (done.returncode == 0) == (expected == SUCCESS), name) \
        or tap.diag(said)
    if len(answer) > 40:
        tap.lacks(said, answer[:40], "... and nothing of the pass is printed")


def at_terminal(answer, expected, name):
    child = pexpect.spawn("pamtester", ["pipe", m.user] + PHASES, env=ENVIRONMENT, timeout=10,
                          encoding="utf-8")
    child.expect("Scan your pass: ")
    child.send(answer)
    found = child.expect([expected, pexpect.EOF, pexpect.TIMEOUT])
    tap.equal(found, 0, name)
    child.expect(pexpect.EOF)
    child.close()


tap.ok(os.geteuid() != 0, "this runs as an ordinary user")
for length in (480, 700, 1093, 4095):
    by_pipe("pipe", m.padded(length) + "\n", SUCCESS, "%d characters by pipe" % length)
by_pipe("pipe", m.good + "\r\n", SUCCESS, "a scanner that sends CR and LF")
by_pipe("pipe", m.empty(205) + "\n", AUTH_ERR, "205 characters without content")
by_pipe("pipe", m.forged + "\n", AUTH_ERR, "a forged pass")
by_pipe("pipe", m.expired + "\n", AUTH_ERR, "an expired pass")
by_pipe("pipe", "\n", AUTH_ERR, "an empty line")
by_pipe("pipe", "", AUTH_ERR, "the end of input")
by_pipe("empty", m.good + "\n", UNAVAIL, "an empty trust folder")
by_pipe("gone", m.good + "\n", UNAVAIL, "no trust folder")
by_pipe("broken", m.good + "\n", SERVICE_ERR, "a broken policy")
by_pipe("option", m.good + "\n", SERVICE_ERR, "an option that is not supported")
by_pipe("account", m.good + "\n", "Permission denied", "account without our auth")
by_pipe("account", "", "Permission denied", "account alone", phases=["acct_mgmt"])
by_pipe("pipe", m.good + "\n", "User not known", "an unknown user", user="nonesuch")

for length in (480, 1093, 4095):
    at_terminal(m.padded(length) + "\n", SUCCESS, "%d characters at a terminal" % length)
at_terminal(m.good + "\r", SUCCESS, "a scanner that sends CR")
at_terminal(m.good + "\t\n", SUCCESS, "a scanner that sends TAB first")
at_terminal("\x04", AUTH_ERR, "Ctrl-D")
at_terminal(m.padded(4200) + "\n", "does not fit in here", "more than a terminal line holds")

tap.done()
