#!/usr/bin/python3
"""Sessions of the real login, su and sshd: who gets one, what is on record of it, and what the
user's programs see."""

import glob
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, UVCI, stamp
from sshd import Sshd, needed, rest

needed()
PROMPT = "Scan your pass: "
HEALTHPASS = "pam_healthpass.so match=none fail-delay=0s max-session=1h on-expiry=terminate"
SESSIONS, EVIDENCE = "/run/healthpass/sessions", "/run/healthpass/evidence"
# What a program of the user's has of us: descriptors, and words in its environment.
SEEN = "echo [ $(ls -l /proc/self/fd | grep -c healthpass) $(env | grep -c ^HEALTHPASS) ] I am $(id -un)"
NOTHING = "[ 0 0 ] I am "

house, m = houses.build({"kiosk": None, "alice": PASSWORD, "bob": PASSWORD},
                        helpers=("runtime",))
shutil.copy(m.path("runtime.so"), houses.security_dir() + "/pam_runtime.so")
with open("/etc/pam.d/login") as file:
    LOGIN = file.read().replace("auth       optional   pam_faildelay.so", "#")
OTHERS = {name: open("/etc/pam.d/" + name).read() for name in ("su", "sshd")}


def records():
    return sorted(glob.glob(SESSIONS + "/*"))


def record():
    """The only one, as a dictionary; empty when there is none."""
    paths = records()
    if len(paths) != 1:
        return {}
    with open(paths[0]) as file:
        return dict(line.split(" ", 1) for line in file.read().splitlines() if " " in line)


def soon(count):
    """Are there so many records, within two seconds?"""
    for _ in range(40):
        if len(records()) == count:
            return True
        time.sleep(0.05)
    return False


def there():
    return soon(1)


def gone():
    return soon(0)


def kiosk(kinds):
    """Lines of these kinds for the account kiosk, in /etc/pam.d/login."""
    us = {kind: "%s [success=ignore default=1] pam_succeed_if.so quiet user = kiosk\n"
                "%s [success=ok default=die] %s\n" % (kind, kind, HEALTHPASS) for kind in kinds}
    if "auth" in us:
        us["auth"] = us["auth"].replace("default=1", "default=2") \
            + "auth [success=done default=die] pam_permit.so\n"
    text = LOGIN.replace("@include common-auth", us.get("auth", "") + "@include common-auth")
    text = text.replace("@include common-account",
                        us.get("account", "") + "@include common-account")
    house.service("login", text + us.get("session", "") + "session required pam_runtime.so\n")


def everybody(service, kinds):
    """The same for all users, behind the password."""
    text = OTHERS[service]
    for kind in kinds:
        line = "%s [success=ok default=bad] %s\n" % (kind, HEALTHPASS)
        text = text.replace("@include common-" + kind + "\n",
                            "@include common-%s\n%s" % (kind, line))
    house.service(service, text + "session required pam_runtime.so\n")


def login(*words):
    return pexpect.spawn("login", ["-p"] + list(words), timeout=20, encoding="utf-8",
                         env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"})


def shown(child):
    child.expect_exact(PROMPT)
    child.sendline(m.good)
    return child


def su(caller="alice"):
    words = ["su", "bob", "-c", "cat; " + SEEN]
    if caller:
        words = ["setpriv", "--reuid", caller, "--regid", "nogroup", "--clear-groups"] + words
    child = pexpect.spawn(words[0], words[1:], timeout=20, encoding="utf-8", echo=False,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
    if caller:
        child.expect_exact("Password: ")
        child.sendline(PASSWORD)
    return child


def limited():
    """What pam_systemd would have read."""
    lines = re.findall(r"runtime_max_sec=(\w+)", "".join(house.log("runtime_max_sec")))
    return lines[0] if len(lines) == 1 else lines


def kept(name, service, uid):
    """Is the session on record, and does it end when the option says?"""
    said, end = record(), limited()
    tap.equal([said.get(word) for word in ("uid", "service", "on-expiry")],
              [uid, service, "terminate"], name + ": a record")
    tap.equal((glob.glob(EVIDENCE + "/*"), os.stat(records()[0]).st_mode & 0o777), ([], 0o600),
              "... and no evidence any more")
    tap.ok(abs(int(said["until"]) - time.time() - 3600) < 10, "... it ends in an hour")
    tap.ok(isinstance(end, str) and end.isdigit() and abs(int(end) - 3600) < 5,
           "... and so does the session") or tap.diag(repr(end))
    with open(records()[0]) as file:
        text = file.read()
    for word in (FAMILY, FAMILY.upper(), GIVEN, BIRTH, UVCI[9:], "kiosk", "alice", "bob"):
        tap.lacks(text, word, "... that names nobody")


# ---- login

kiosk(("auth", "account", "session"))
child = shown(login("kiosk"))
child.sendline(SEEN)
tap.equal(child.expect_exact([NOTHING + "kiosk", pexpect.EOF]), 0, "login: nothing is left to see")
kept("login", "login", "61001")
child.sendline("exit")
rest(child)
tap.ok(gone(), "... when it ends the record goes")

child = login("alice")
child.expect_exact("Password: ")
child.sendline(PASSWORD)
child.sendline(SEEN)
tap.equal(child.expect_exact([NOTHING + "alice", pexpect.EOF]), 0, "others log in as ever")
tap.equal((records(), limited()), ([], "none"), "... without a record")
child.sendline("exit")
rest(child)
house.log()


def stopped(name, kinds, reason="no-pass"):
    """login -f, which agetty --autologin runs, skips the auth phase: which one stops it?"""
    kiosk(kinds)
    child = login("-f", "kiosk")
    found = child.expect_exact(["Please show your health pass.", PROMPT, "$ ", pexpect.EOF])
    tap.equal(found, 0, "login -f: " + name)
    child.close(force=True)
    lines = [line for line in house.log("denied: ") if "reason=" + reason in line]
    tap.equal([re.search(r"pam_healthpass\(login:(\w+)\)", line).group(1) for line in lines],
              [kinds[-2] if len(kinds) > 2 else kinds[-1]], "... there, says the log")
    tap.equal(records(), [], "... and there is no session")


stopped("stopped by account", ("auth", "account", "session"))
stopped("stopped by session where there is no account line", ("auth", "session"))

# ---- su

everybody("su", ("auth", "account", "session"))
child = shown(su())
tap.ok(there(), "su: a session")
kept("su", "su", "61003")
child.sendeof()
tap.contains(rest(child), NOTHING + "bob", "... nothing is left to see")
tap.ok(gone(), "... when it ends the record goes")
for kinds, phase in ((("auth", "account", "session"), "account"), (("auth", "session"), "session")):
    everybody("su", kinds)
    child = su(caller=None)
    child.sendeof()
    tap.lacks(rest(child), "I am bob", "root, whom pam_rootok lets past auth: stopped by " + phase)
    tap.equal(re.findall(r"pam_healthpass\(su:(\w+)\): denied", "".join(house.log("denied: "))),
              [phase], "... says the log")

# A caller's own limit of a file's size: no record, no session, and nothing half written.
everybody("su", ("auth", "account", "session"))
child = pexpect.spawn("setpriv", ["--reuid", "alice", "--regid", "nogroup", "--clear-groups", "sh",
                                  "-c", "ulimit -f 1; exec su bob -c '%s'" % SEEN],
                      timeout=20, encoding="utf-8", env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
child.expect_exact("Password: ")
child.sendline(PASSWORD)
tap.lacks(rest(shown(child)), "I am bob", "su under ulimit -f 1: no session")
tap.equal((records(), glob.glob(EVIDENCE + "/*")), ([], []), "... and nothing half written")
house.log()

# ---- sudo: asks the caller, and opens a session for root

if shutil.which("sudo"):
    with open("/etc/sudoers.d/alice", "w") as out:
        out.write("alice ALL=(ALL) ALL\n")
    os.chmod("/etc/sudoers.d/alice", 0o440)

    def sudo(kinds, scan):
        house.service("sudo", "@include common-auth\n@include common-account\n" + "".join(
            "%s [success=ok default=bad] %s\n" % (kind, HEALTHPASS) for kind in kinds)
            + "session required pam_runtime.so\n")
        child = pexpect.spawn(
            "setpriv", ["--reuid", "alice", "--regid", "nogroup", "--clear-groups", "sudo", "-k",
                        "sh", "-c", "cat; " + SEEN], timeout=20, encoding="utf-8", echo=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
        child.expect_exact("password for alice: ")
        child.sendline(PASSWORD)
        if "auth" in kinds:
            child.expect_exact(PROMPT)
            child.sendline(scan)
        return child

    child = sudo(("auth", "account", "session"), m.padded(480))
    tap.ok(there(), "sudo: a session")
    kept("sudo", "sudo", "61002")
    child.sendeof()
    tap.contains(rest(child), NOTHING + "root", "... nothing is left to see")
    tap.ok(gone(), "... when it ends the record goes")
    for kinds in (("account",), ("session",)):
        child = sudo(kinds, None)
        tap.lacks(rest(child), "I am root", "a password alone: stopped by " + kinds[0])
        tap.equal(re.findall(r"pam_healthpass\(sudo:(\w+)\): denied", "".join(house.log("denied: "))),
                  list(kinds), "... says the log")
        tap.equal(records(), [], "... and there is no session")

# ---- sshd

everybody("sshd", ("auth", "account", "session"))
sshd = Sshd(m)
try:
    child = shown(sshd.password("-tt", command="cat; " + SEEN))
    tap.ok(there(), "sshd: a session")
    kept("sshd, password and pass", "sshd", "61002")
    child.sendeof()
    tap.contains(rest(child), NOTHING + "alice", "... nothing is left to see")
    tap.ok(gone(), "... when it ends the record goes")

    child = shown(sshd.password("-o", "SessionType=none"))
    child.expect([pexpect.TIMEOUT], timeout=1)
    child.close(force=True)
    tap.ok(gone(), "a client that goes away without a session leaves nothing")

    child = sshd.password(command=SEEN)
    child.expect_exact(PROMPT)
    child.sendline(m.issue("--exp", stamp(-60)))
    tap.lacks(rest(child), "I am alice", "a pass that has ended: stopped by auth")
    house.log()

    key = sshd.key()
    for kinds, phase in ((("auth", "account", "session"), "account"),
                         (("auth", "session"), "session")):
        everybody("sshd", kinds)
        tap.lacks(rest(sshd.ssh("publickey", "-i", key, command=SEEN)), "I am alice",
                  "a key, which skips auth: stopped by " + phase)
        tap.equal(re.findall(r"pam_healthpass\(sshd:(\w+)\): denied", "".join(house.log("denied: "))),
                  [phase], "... says the log")
    tap.equal((records(), glob.glob(EVIDENCE + "/*")), ([], []), "... nothing is left")

    everybody("sshd", ("account", "session"))
    child = sshd.password(command=SEEN)
    tap.lacks(rest(child), "I am alice", "a password alone: stopped by account")
finally:
    sshd.stop()

house.log()
everything = "".join(house.all)
for word in (PASSWORD, m.good[4:40], FAMILY, FAMILY.upper(), GIVEN, BIRTH, UVCI):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
