#!/usr/bin/python3
"""healthpassctl recheck: a session whose pass was withdrawn or has ended goes, others stay, and a
bad list empties nothing."""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, UVCI, certificate, stamp
from sshd import Sshd

PROMPT = "Scan your pass: "
SESSIONS, EVIDENCE = "/run/healthpass/sessions", "/run/healthpass/evidence"
NO_LONGER = "Your health pass is no longer good here. "
WARNING = NO_LONGER + "Please save your work and log out."
WARNING_DE = "Ihr Gesundheitsnachweis gilt hier nicht mehr. Bitte speichern Sie Ihre Arbeit und melden Sie sich ab."
PARTING = NO_LONGER + "This session ends now."

house, m = houses.build({"kiosk": None, "alice": PASSWORD, "bob": PASSWORD})
with open("/etc/pam.d/login") as file:
    LOGIN = file.read().replace("auth       optional   pam_faildelay.so", "#")
DENY = "/etc/healthpass/deny.list"
with open("/etc/healthpass/policy.conf") as file:
    POLICY = file.read()
people = iter(range(1000))


def service(options):
    """The account kiosk, with these options on its lines."""
    us = "pam_healthpass.so match=none fail-delay=0s " + options
    user = " [success=ignore default=%d] pam_succeed_if.so quiet user = kiosk\n"
    text = LOGIN.replace("@include common-auth", "auth" + user % 2 + "auth [success=ok default=die] "
                         + us + "\nauth [success=done default=die] pam_permit.so\n"
                         "@include common-auth")
    text = text.replace("@include common-account", "account" + user % 1
                        + "account [success=ok default=bad] " + us + "\n@include common-account")
    house.service("login", text + "session" + user % 1 + "session [success=ok default=bad] " + us)


class Session:
    """A login at the kiosk, by a pass of its own."""

    def __init__(self, options="", *issue, like=None):
        before = set(records())
        service(options)
        self.uvci = "URN:UVCI:01:XX:R%d#X" % next(people)
        entry = dict(certificate()["v"][0], ci=self.uvci)
        self.text = m.issue(*issue, payload=certificate(v=[entry]))
        if like:
            self.uvci, self.text = like.uvci, like.text
        self.child = pexpect.spawn("login", ["-p", "kiosk"], timeout=20, encoding="utf-8",
                                   env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"})
        self.child.expect_exact(PROMPT)
        self.child.sendline(self.text)
        if self.child.expect_exact(["$ ", "Login incorrect"]) != 0:
            print("Bail out! no login: " + "".join(house.log()))
            sys.exit(1)
        self.id = (set(records()) - before).pop()

    def runs(self):
        """Does its shell answer?"""
        if not self.child.isalive():
            return False
        self.child.sendline("echo $((6 * 7))th")
        return self.child.expect_exact(["42th", pexpect.EOF, pexpect.TIMEOUT], timeout=5) == 0

    def ended(self):
        """Has login(1) ended, and its record with it?  The terminal may be closed before that goes."""
        try:
            self.child.expect([pexpect.EOF], timeout=20)
        except pexpect.TIMEOUT:
            return False
        for _ in range(200):
            if self.id not in records():
                return True
            time.sleep(0.02)
        return False

    def withdraw(self):
        m.run("revoke", "add", "--uci", self.uvci, "--reason", "test")

    def forgive(self):
        m.run("revoke", "remove", "--uci", self.uvci)

    def change(self, word, value):
        path = SESSIONS + "/" + self.id
        with open(path) as file:
            text = re.sub("(?m)^%s .*$" % word, "%s %s" % (word, value), file.read())
        with open(path, "w") as out:
            out.write(text)

    def end(self):
        if self.child.isalive():
            self.child.sendline("exit")
            self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=5)
        self.child.close(force=True)


def records():
    return [os.path.basename(path) for path in glob.glob(SESSIONS + "/*")]


def recheck(*words):
    """(exit status, standard output, standard error)"""
    done = subprocess.run([m.ctl, "recheck", *words], capture_output=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def policy(more=""):
    with open("/etc/healthpass/policy.conf", "w") as out:
        out.write(POLICY + more)


tap.ok("deny_list" in POLICY, "the policy has a deny list")
tap.equal(recheck(), (0, "", ""), "nobody has logged in yet")
house.log("")

# ---- withdrawn: it ends, and others do not

one, two = Session("on-expiry=terminate"), Session("on-expiry=terminate")
tap.equal(recheck(), (0, "", ""), "two sessions that hold")
tap.ok(one.runs() and two.runs(), "... go on")
one.withdraw()
status, out, err = recheck("--dry-run")
tap.equal((status, err), (1, ""), "a pass is withdrawn: a dry run says 1")
tap.ok(re.fullmatch(r"uid 61001, login at [\w/]+: denied-here, terminate\n", out),
       "... and what would be done") or tap.diag(out)
tap.ok(one.runs() and two.runs(), "... and does nothing")
tap.equal(house.log("recheck:"), [], "... not even in the log")
status, out, err = recheck("--max", "0")
tap.equal((status, "held back" in out), (3, True), "--max 0: the session is not ended")
tap.contains(err, "1 passes of sessions were withdrawn at once, expected at most 0: none is locked or ended",
             "... it says so")
lines = house.log("recheck:")
tap.ok(lines and lines[0].startswith("<82>"), "... loudly: authpriv.crit")
tap.ok(one.runs(), "... and the session goes on")
status, out, err = recheck("--max", "1")
tap.equal((status, err), (1, ""), "--max 1: it is ended")
tap.contains(out, ": denied-here, terminated\n", "... it says so")
tap.ok(one.ended(), "... the login is over, and its record gone")
tap.contains(one.child.before, PARTING, "... the person was told")
tap.ok(two.runs() and records() == [two.id], "... the other one goes on")
lines = house.log("recheck:")
tap.equal([("uid 61001, service=login tty=" in line, "reason=denied-here id=82: terminated" in line)
           for line in lines], [(True, True)], "... one line in the log")
tap.equal(recheck(), (0, "", ""), "... and then all is as it should be")
two.end()

# Programs that will not go.
one, two = Session("on-expiry=terminate"), Session("on-expiry=terminate")
NAP = "61.%d" % os.getpid()  # other tests may have processes of this user's number
for session in (one, two):
    session.child.sendline("trap '' HUP TERM; sh -c 'sleep %s; :' & sleep %s; sleep %s"
                           % (NAP, NAP, NAP))
naps = ["pgrep", "-f", "sleep " + NAP.replace(".", "[.]")]
for _ in range(200):
    running = len(subprocess.run(naps, capture_output=True).stdout.split())
    if running == 6:
        break
    time.sleep(0.05)
tap.equal(running, 6, "programs that run, three a session")
one.withdraw()
two.withdraw()
began = time.monotonic()
status, out, err = recheck()
tap.equal((status, out.count(", terminated")), (1, 2), "programs that ignore SIGHUP")
tap.ok(time.monotonic() - began < 5.9, "... are waited for together, 3 s and not 6")
tap.ok(one.ended() and two.ended(), "... and are ended, too")
tap.equal(subprocess.run(naps, capture_output=True).stdout, b"", "... nothing of them is left")

# ---- the end

one = Session("on-expiry=terminate max-session=1s")
two = Session("max-session=1s [prompt=%s] lang=de-AT" % PROMPT)
three = Session("on-expiry=terminate", "--exp", stamp(3600))
time.sleep(1.1)
status, out, err = recheck()
tap.equal((status, err, sorted(re.findall(r": (expired, \w+)", out))),
          (1, "", ["expired, terminated", "expired, warned"]), "what has ended")
tap.ok(one.ended(), "... is over with on-expiry=terminate")
tap.equal(two.child.expect_exact([WARNING_DE, pexpect.TIMEOUT], timeout=3), 0,
          "... and told of without it, at its terminal, in the language of the login")
tap.ok(two.runs() and three.runs(), "... it goes on, and so does one that has not ended")
tap.equal(recheck(), (1, "", ""), "it is told once")
tap.equal(two.child.expect_exact([WARNING_DE, pexpect.TIMEOUT], timeout=0.3), 1, "... there, too")
two.withdraw()
status, out, err = recheck()
tap.equal((status, out), (1, ""), "the end stands before what may come later")
policy('ends = "2026-11-02";\nends_answer = "off";\n')
tap.equal(recheck(), (0, "", ""), "where nobody needs a pass any more, no session is over")
policy()
two.end()

# ---- how many: what is over by the clock holds nobody back, and one pass is one

late, first = Session("on-expiry=terminate max-session=1s"), Session("on-expiry=terminate")
second = Session("on-expiry=terminate", like=first)
time.sleep(1.1)
first.withdraw()
status, out, err = recheck("--max", "0")
tap.equal((status, out.count("held back"), out.count("expired, terminated")), (3, 2, 1),
          "a session past its end goes, whatever lists hold back")
tap.ok(late.ended() and first.runs() and second.runs(), "... and these stay")
status, out, err = recheck("--max", "1")
tap.equal((status, err, out.count("terminated")), (1, "", 2), "two sessions with one pass are one")
tap.ok(first.ended() and second.ended(), "... and go")

# ---- nobody can tell: no session is ended

three.change("boot", "0" * 36)
tap.equal((recheck(), records()), ((0, "", ""), []), "a record of another boot goes")
three.end()

one = Session("on-expiry=terminate")
two = Session("on-expiry=terminate max-session=1s")
time.sleep(1.1)
policy("nonsense\n")
status, out, err = recheck()
tap.equal((status, "policy.conf:" in err), (3, True), "a policy that cannot be read")
tap.ok(one.runs() and two.ended(), "... ends nothing but what is over by the clock")
policy()
m.run("revoke", "add", "--uci-prefix", "URN:UVCI:01:ZZ:", "--reason", "test")
status, out, err = recheck()
tap.equal((status, err, out.split(": ")[-1]), (3, "", "fault, cannot be judged\n"),
          "a beginning that was blocked since")
tap.ok(one.runs(), "... ends nothing")
m.run("revoke", "remove", "--uci-prefix", "URN:UVCI:01:ZZ:")
shutil.copy(SESSIONS + "/" + one.id, SESSIONS + "/" + "0" * 32)
with open(SESSIONS + "/" + "0" * 32, "a") as out:
    out.write("nonsense\n")
with open(SESSIONS + "/" + one.id, "a") as out:
    out.write("told 8")
one.withdraw()
status, out, err = recheck()
tap.equal((status, "0" * 32 + ": is no record" in err, one.id in err), (3, True, False),
          "a damaged record is told of, and one whose last note was cut off is none")
tap.ok(one.ended(), "... that session ends")
os.unlink(SESSIONS + "/" + "0" * 32)

# A number alone is no process: it is given out again.
one, two = Session("on-expiry=terminate"), Session("on-expiry=terminate")
one.change("leader", "%d 0" % one.child.pid)
two.change("leader", "%d 1" % two.child.pid)
one.withdraw()
two.withdraw()
status, out, err = recheck()
tap.equal((status, out, one.id in err), (3, "", True), "a process whose begin is not on record")
tap.ok(one.runs() and two.runs(), "... is not ended, nor is one that began at another time")
tap.equal(records(), [one.id], "... whose record goes")
os.unlink(SESSIONS + "/" + one.id)
one.end()
two.end()

# ---- su and sshd


def everybody(name):
    with open("/etc/pam.d/" + name) as file:
        text = file.read()
    for kind in ("auth", "account", "session"):
        line = "%s [success=ok default=bad] pam_healthpass.so match=none on-expiry=terminate\n" % kind
        text = text.replace("@include common-%s\n" % kind, "@include common-%s\n%s" % (kind, line))
    house.service(name, text)


def withdrawn(child, name):
    """Withdraws the good pass, with which this session began."""
    m.run("revoke", "add", "--uci", UVCI)
    status, out, err = recheck()
    tap.equal((status, err, name in out, ", terminated" in out), (1, "", True, True),
              name + ": a session is ended")
    m.run("revoke", "remove", "--uci", UVCI)
    tap.equal(records(), [], "... and its record gone")


everybody("su")
child = pexpect.spawn("setpriv", ["--reuid", "alice", "--regid", "nogroup", "--clear-groups", "sh"],
                      timeout=20, encoding="utf-8", env={"PATH": os.environ["PATH"], "PS1": "$ "})
child.sendline("su bob")
child.expect_exact("Password: ")
child.sendline(PASSWORD)
child.expect_exact(PROMPT)
child.sendline(m.good)
child.expect_exact("$ ")
child.sendline("echo I am $(id -un)")
child.expect("I am bob\r")
withdrawn(child, "su")
child.sendline("echo I am $(id -un)")
tap.equal(child.expect(["I am alice\r", "I am bob\r", pexpect.EOF, pexpect.TIMEOUT]), 0,
          "... the shell that it was started in goes on")
child.close(force=True)

if os.path.exists("/usr/sbin/sshd") and shutil.which("ssh"):
    everybody("sshd")
    sshd = Sshd(m)
    try:
        child = sshd.password()
        child.expect_exact(PROMPT)
        child.sendline(m.good)
        child.expect_exact("$ ")
        withdrawn(child, "sshd")
        tap.equal(child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=5), 0, "... the client goes")
        child.close(force=True)
    finally:
        sshd.stop()

# ---- what others have left

one = Session("on-expiry=terminate")
os.kill(int(one.child.pid), signal.SIGKILL)
one.child.wait()
tap.equal(records(), [one.id], "a login that was killed leaves its record")
tap.equal((recheck("--dry-run"), records()), ((0, "", ""), [one.id]), "... which a dry run leaves")
tap.equal((recheck(), records()), ((0, "", ""), []), "... and recheck removes")
one.child.close(force=True)
for name, age in (("1" * 32, 62), ("2" * 32, 10), ("3" * 32 + ".new", 62)):
    with open(EVIDENCE + "/" + name, "w"):
        pass
    os.utime(EVIDENCE + "/" + name, (time.time() - age,) * 2)
recheck()
tap.equal(os.listdir(EVIDENCE), ["2" * 32], "evidence that is older than a minute goes")

# ---- the login manager, played by a script at the path of loginctl(1)

SCRIPT = """#!/bin/sh
echo "$@" >>/run/asked
[ -e /run/babble ] && printf %0100d 1
[ "$1" = show-session ] && cat /run/leader
[ "$1" = terminate-session ] && kill -HUP $(cat /run/shell)
exit 0
"""
with open("/run/loginctl", "w") as out:
    out.write(SCRIPT)
os.chmod("/run/loginctl", 0o755)
there = os.path.exists("/usr/bin/loginctl")
if there:
    subprocess.run(["mount", "--bind", "/run/loginctl", "/usr/bin/loginctl"], check=True)


def asked():
    if not os.path.exists("/run/asked"):
        return []
    with open("/run/asked") as file:
        lines = file.read().splitlines()
    os.unlink("/run/asked")
    return lines


def put(path, text):
    with open(path, "w") as out:
        out.write("%s\n" % text)


one = Session("on-expiry=lock")
one.withdraw()
status, out, err = recheck()
tap.equal((status, "cannot be locked" in out), (3, True), "no login manager: no screen is locked")
tap.equal(one.child.expect_exact([WARNING, pexpect.TIMEOUT], timeout=3), 0,
          "... the person is told instead")
tap.equal((recheck()[:2], one.child.expect_exact([WARNING, pexpect.TIMEOUT], timeout=0.3)),
          ((3, ""), 1), "... once")
tap.equal(asked(), [], "... and nobody is asked")
one.end()
if there:
    os.makedirs("/run/systemd/seats")
    one = Session("on-expiry=lock")
    one.change("login", "c7")
    one.withdraw()
    put("/run/leader", one.child.pid)
    status, out, err = recheck()
    tap.equal((status, ", locked" in out), (1, True), "a screen is locked")
    tap.equal(asked(), ["show-session c7 --property=Leader --value", "lock-session c7"],
              "... by the login manager, in these words")
    tap.equal((recheck(), asked()[-1:]), ((1, "", ""), ["lock-session c7"]),
              "... and again, whoever opened it, but not told of again")
    put("/run/leader", one.child.pid + 1)
    one.change("told", "60")
    status, out, err = recheck()
    tap.equal((status, "cannot be locked" in out, [line for line in asked() if "lock-" in line]),
              (3, True, []), "another's session, in which this one runs, is not locked")
    one.end()

    one, two = Session("on-expiry=lock"), Session("on-expiry=lock")
    for session in (one, two):
        session.change("login", "c7")
        session.withdraw()
    put("/run/babble", "")
    status, out, err = recheck()
    tap.equal((status, out.count("cannot be locked"), len(asked())), (3, 2, 1),
              "a login manager that does not answer as it should is asked once")
    os.unlink("/run/babble")
    one.end()
    two.end()

    one = Session("on-expiry=terminate")
    one.change("login", "--help")
    one.withdraw()
    put("/run/leader", one.child.pid)
    tap.equal((recheck()[0], asked()), (1, []), "an id that is none reaches nobody")
    tap.ok(one.ended(), "... and the session ends all the same")
    one = Session("on-expiry=terminate")
    one.change("login", "c8")
    one.withdraw()
    put("/run/leader", one.child.pid)
    children = subprocess.run(["pgrep", "-P", str(one.child.pid)], capture_output=True).stdout
    put("/run/shell", children.decode().strip())
    tap.equal((recheck()[0], asked()[-1:]), (1, ["terminate-session c8"]),
              "a session is ended by the login manager")
    tap.ok(one.ended(), "... the login is over, and its record gone")

# ---- wrong words

tap.equal(recheck("--max", "-1")[0], 2, "--max -1")
tap.equal(recheck("--max", "100001")[0], 2, "--max 100001")
os.chmod(SESSIONS, 0o755)
status, out, err = recheck()
tap.equal((status, SESSIONS in err), (3, True), "a folder that others may read")
os.chmod(SESSIONS, 0o700)

house.log()
everything = "".join(house.all)
for word in (FAMILY, FAMILY.upper(), GIVEN, BIRTH, "UVCI", "01:XX:R"):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
