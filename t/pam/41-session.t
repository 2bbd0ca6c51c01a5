#!/usr/bin/python3
"""The session phase lets in nobody without evidence, and says when the session is to end."""

import os
import pwd
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import USER, Host
from material import Material, stamp

m = Material(helpers=("runtime",))
m.service("one", m.lines())
runtime = m.path("runtime.so")


def session(name, options, answer=None):
    """(code, what pam_systemd would read) of a whole login."""
    m.service(name, m.lines("match=none " + options) + "session required %s\n" % runtime)
    with Host(m.services, name, m.user) as host:
        host.authenticate(answer or m.good)
        host.account()
        code = host.open_session()
        told = re.search(r"runtime_max_sec=(\w+)", host.log)
        tap.equal(host.close_session(), "SUCCESS", "... it closes")
        return code, told and told.group(1)


# ---- who gets one

with Host(m.services, "one", m.user) as host:
    tap.equal(host.open_session(), "SESSION_ERR", "no phase before it: no session")
    tap.equal(host.errors, ["Please show your health pass."], "... the person is told")
    tap.contains(host.log, "denied: reason=no-pass id=10 service=one tty=tty7: ", "... and the log")

with Host(m.services, "one", m.user) as host:
    host.authenticate(m.good)
    tap.equal(host.open_session(), "SUCCESS", "after a good pass")
    tap.equal(host.environment("HEALTHPASS_EVIDENCE"), None,
              "an ordinary user's process leaves no token")
    host.authenticate(m.forged)
    tap.equal(host.open_session(), "SESSION_ERR", "a bad pass ends what a good one opened")
    tap.contains(host.log, "denied: reason=signer-unknown", "... the log says so")

other = next(u for u in pwd.getpwall() if u.pw_name != m.user).pw_name
with Host(m.services, "one", m.user) as host:
    host.authenticate(m.good)
    host.set_item(USER, other)
    tap.equal(host.open_session(), "SESSION_ERR", "another user, and no account phase: no session")
    tap.contains(host.log, "another user", "... the log says so")

# sudo asks the caller for the pass, and opens a session for root.
with Host(m.services, "one", m.user) as host:
    host.authenticate(m.good)
    host.account()
    host.set_item(USER, other)
    tap.equal(host.open_session(), "SUCCESS", "behind the account phase the user may be another")

# sudo goes on after SESSION_ERR, and after nothing else (measured: 1.9.13).
m.service("sudo-i", m.lines())
with Host(m.services, "sudo-i", m.user) as host:
    tap.equal(host.open_session(), "PERM_DENIED", "sudo is told in words that stop it")

with Host(m.services, "one", m.user) as host:
    ends = int(time.time()) + 4
    host.authenticate(m.issue("--exp", stamp(ends + 0.5 - time.time())))
    tap.equal(host.account(), "SUCCESS", "a pass that is about to end")
    time.sleep(max(0, ends + 0.2 - time.time()))
    tap.equal(host.open_session(), "SESSION_ERR", "... has ended by the session phase")
    tap.contains(host.log, "denied: reason=expired id=60", "... the log says so")

with Host(m.services, "one", "no-such-user") as host:
    tap.equal(host.open_session(), "SESSION_ERR", "a user who is not there has no session")

m.service("wrong", m.lines("match=none max-session=1"))
with Host(m.services, "wrong", m.user) as host:
    tap.equal((host.open_session(), host.close_session()), ("SERVICE_ERR", "SERVICE_ERR"),
              "a line with a wrong option")

m.write("off.conf", m.policy_text() + 'ends = "2026-11-02";\nends_answer = "off";\n')
m.service("off", m.lines("match=none policy=" + m.path("off.conf")))
with Host(m.services, "off", m.user) as host:
    tap.equal((host.authenticate(), host.account(), host.open_session()), ("SUCCESS",) * 3,
              "where no pass is asked for any more, all get one")
with Host(m.services, "off", m.user) as host:
    tap.equal(host.open_session(), "SUCCESS", "... also those who come without an auth phase")

# ---- until when

tap.equal(session("default", ""), ("SUCCESS", "none"), "nothing said: systemd ends no session")
for word in ("warn", "lock"):
    tap.equal(session(word, "max-session=1h on-expiry=" + word), ("SUCCESS", "none"),
              "on-expiry=%s: neither" % word)
for most, ends, expected in (("2h", 3600, 3600), ("10m", 3600, 600), ("30d", 7200, 7200),
                             (None, 1800, 1800)):
    options = "on-expiry=terminate" + (" max-session=" + most if most else "")
    code, told = session("ends", options, m.issue("--exp", stamp(ends)))
    tap.equal(code, "SUCCESS", "a pass for %d s, max-session=%s" % (ends, most))
    tap.ok(told and told.isdigit() and expected - 3 <= int(told) <= expected,
           "... systemd ends it in %d s" % expected) or tap.diag(repr(told))

m.write("skew.conf", m.policy_text() + 'clock_skew = "1h";\n')
code, told = session("skew", "on-expiry=terminate policy=" + m.path("skew.conf"),
                     m.issue("--iat", stamp(-600), "--exp", stamp(-60)))
tap.ok(told and told.isdigit() and 3530 <= int(told) <= 3540,
       "what clock_skew allows a pass, a session has, too") or tap.diag(repr((code, told)))

tap.done()
