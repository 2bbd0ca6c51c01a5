#!/usr/bin/python3
"""Trust stores: taken up by the next login, held to their age, and never of another environment."""

import os
import shutil
import subprocess
import sys
import syslog
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material, stamp

DAY = 86400
UNAVAILABLE = "Passes cannot be checked at the moment. Please try again later, or ask for help."

m = Material()
override = m.path("override")
store = m.path("trust.store")


def policy(name, *trust, lines=""):
    """A service under a policy of its own, with these stores or folders."""
    paths = ", ".join('"%s"' % path for path in trust)
    text = m.policy_text().replace('"%s"' % m.trust, "( %s )" % paths)
    file = m.write(name + ".conf", text + 'stale_override = "%s";\n%s' % (override, lines))
    m.service(name, m.lines("match=none policy=" + file))


def dated(days, *options, name="trust.store", **issuers):
    return m.store(name, "--name", "who", "--dated", str(time.time() - days * DAY), *options,
                   **issuers)


def kid(by):
    done = subprocess.run(["openssl", "x509", "-in", m.path("keys/%s.pem" % by), "-noout",
                           "-fingerprint", "-sha256"], check=True, capture_output=True)
    return done.stdout.decode().split("=")[1].replace(":", "").lower()[:16]


def login(service, answer, code, *parts, lines=1):
    """One login in a process that goes on; what it logs, in so many lines."""
    with Host(m.services, service, m.user) as host:
        tap.equal(host.authenticate(answer), code, "... %s" % code)
        for part in parts:
            tap.contains(host.log, part, "... the log: " + part)
        tap.equal(len(host.log.splitlines()), lines, "... in %d line%s" % (lines, "s"[lines == 1:]))
        return host


def tell(name):
    print("# " + name, flush=True)


def closed(name, service, reason, *parts):
    """Nobody is asked: no pass could be judged."""
    tell(name)
    host = login(service, m.good, "AUTHINFO_UNAVAIL", "denied: reason=%s " % reason, *parts)
    tap.equal((host.prompts, host.errors), ([], [UNAVAILABLE]), "... nobody is asked")
    with Host(m.services, service, m.user) as host:
        host.authenticate(m.good)
        tap.equal(host.account(), "PERM_DENIED", "... account")


def level(service, answer, lowest):
    """The lines of a login that are at least so urgent."""
    before = syslog.setlogmask(syslog.LOG_UPTO(lowest))
    with Host(m.services, service, m.user) as host:
        host.authenticate(answer)
        lines = host.log.splitlines()
    syslog.setlogmask(before)
    return len(lines)


# ---- a new store counts at the next login

policy("one", store)
dated(0)
tell("a store: it names the signer in the log")
login("one", m.good, "SUCCESS", "accepted: reason=ok ", " issuer=XX kid=%s " % kid("issuer"))
login("one", m.forged, "AUTH_ERR", "reason=signer-unknown ", " kid=%s " % kid("stranger"))
with Host(m.services, "one", m.user) as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "one handle, before")
    dated(0, by=("stranger",))
    tap.equal(host.authenticate(m.good), "AUTH_ERR", "... and after its signer was taken away")
    tap.equal(host.authenticate(m.forged), "SUCCESS", "... another was put in")
    tap.equal(host.account(), "SUCCESS", "... account")


def meanwhile(change):
    """Somebody puts another store there while the prompt stands."""
    def answer():
        change()
        return m.good
    return answer


for name, change, code, part in (
        ("without the signer", lambda: dated(0, by=("stranger",)), "AUTH_ERR", "reason=signer-unknown"),
        ("that is stale", lambda: dated(8), "AUTHINFO_UNAVAIL", "cannot tell: reason=trust-stale "),
        ("without keys", lambda: m.store("trust.store", by=()), "AUTHINFO_UNAVAIL", "reason=trust-missing"),
        ("of dev", lambda: dated(0, "--env", "dev"), "SUCCESS", "environment dev, expected prod"),
        ("that was cut", lambda: m.write("trust.store", "HPTRUST\n"), "SUCCESS", "damaged or not whole"),
        ("that is gone", lambda: os.unlink(store), "AUTHINFO_UNAVAIL", "reason=trust-missing")):
    dated(0)
    tell("a store %s, put there at the prompt" % name)
    with Host(m.services, "one", m.user) as host:
        tap.equal(host.authenticate(meanwhile(change)), code, "... " + code)
        tap.contains(host.log, part, "... the log: " + part)

# ---- what is no store of ours

for name, make, part in (
        ("of dev", lambda: dated(0, "--env", "dev"), "environment dev, expected prod"),
        ("of uat", lambda: dated(0, "--env", "uat"), "environment uat, expected prod"),
        ("for newer builds", lambda: dated(0, "--format", "2", "--least", "2"), "needs a newer"),
        ("that was cut", lambda: m.write("trust.store", "HPTRUST\n"), "damaged or not whole"),
        ("that all may write", lambda: os.chmod(dated(0), 0o666), "lets others write")):
    make()
    tell("a store " + name)
    host = login("one", m.good, "SERVICE_ERR", store + ": ", part)
    tap.equal((host.prompts, host.errors), ([], [UNAVAILABLE]), "... nobody is asked")
    with Host(m.services, "one", m.user) as host:
        host.authenticate(m.good)
        tap.equal(host.account(), "PERM_DENIED", "... account")
tell("a store of dev beside one of prod")
policy("both", dated(0), dated(0, "--env", "dev", name="dev.store"))
login("both", m.good, "SERVICE_ERR", m.path("dev.store") + ": ")
tell("no store")
os.unlink(store)
login("one", m.good, "AUTHINFO_UNAVAIL", store)

# ---- ages

dated(6.5)
tell("a list that nears its end")
login("one", m.good, "SUCCESS", "the trust list who is 6 days", "accepted: reason=ok ", lines=2)
tap.equal((level("one", m.good, syslog.LOG_WARNING), level("one", m.good, syslog.LOG_ERR)), (1, 0),
          "... is a warning")
dated(8)
closed("a stale list", "one", "trust-stale id=4", "the trust list who is 8 days")
tap.equal(level("one", m.good, syslog.LOG_ERR), 1, "... is an error")

tell("a stale list beside fresh keys")
policy("mixed", store, m.trust)
dated(8, by=("stranger",))
login("mixed", m.good, "SUCCESS", "the trust list who is 8 days", "accepted: reason=ok ", lines=2)
login("mixed", m.forged, "AUTHINFO_UNAVAIL", "cannot tell: reason=trust-stale ", lines=2)
tap.equal((level("mixed", m.good, syslog.LOG_ERR)), 1, "... is an error")

tell("an operator allows it")
dated(8)
m.write("override", "version: 1\nallows: stale\nmade: %s\nuntil: %s\nby: Erna\nreason: Saturday\n"
        % (stamp(0), stamp(3600)))
login("one", m.good, "SUCCESS", "as Erna allowed", " stale-list-allowed", lines=2)
tap.equal((level("one", m.good, syslog.LOG_WARNING), level("one", m.good, syslog.LOG_ERR)), (1, 0),
          "... is a warning")
login("one", m.forged, "AUTH_ERR", "reason=signer-unknown ", lines=2)
login("one", m.unsigned, "AUTH_ERR", "reason=signature ", lines=2)
login("one", m.expired, "AUTH_ERR", "reason=expired ", " stale-list-allowed", lines=2)
m.write("override", "version: 1\nallows: stale\nmade: %s\nuntil: %s\nby: Erna\nreason: Saturday\n"
        % (stamp(-3600), stamp(-1)))
closed("an override that has ended", "one", "trust-stale id=4")
os.unlink(override)

# ---- the clock

dated(-2)
closed("a list from the day after tomorrow: the clock is wrong", "one", "clock id=8")

# ---- a program that knows nothing of all this

if shutil.which("pamtester"):
    preload = (os.environ.get("HEALTHPASS_PRELOAD", "") + " libpam_wrapper.so").strip()
    environment = dict(os.environ, LD_PRELOAD=preload, PAM_WRAPPER="1", LC_ALL="C",
                       PAM_WRAPPER_SERVICE_DIR=m.services)
    if "HEALTHPASS_PRELOAD" in os.environ:
        environment["PAM_WRAPPER_DISABLE_DEEPBIND"] = "1"
    for make, part in ((lambda: dated(0), "account management done"),
                       (lambda: dated(0, by=("stranger",)), "Authentication failure"),
                       (lambda: dated(8), "cannot retrieve authentication info"),
                       (lambda: dated(0, "--env", "dev"), "Error in service module")):
        make()
        done = subprocess.run(["pamtester", "one", m.user, "authenticate", "acct_mgmt"],
                              env=environment, input=m.good.encode() + b"\n",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        tap.contains(done.stdout.decode("utf-8", "replace"), part, "pamtester: " + part)

tap.done()
