#!/usr/bin/python3
"""healthpassctl pam-try: runs a stack as a login would, says what each phase answers, and counts
nothing: neither pam_faillock's tally, nor our limit, nor the ledger."""

import os
import re
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, UVCI
from scanner import Scanner

PROMPT = "Scan your pass: "
house, m = houses.build({"kiosk": None, "alice": PASSWORD})
with open("/etc/pam.d/common-auth") as file:
    common = file.read()
house.service("kiosk", "@include healthpass-kiosk\n@include common-auth\n@include common-account\n")
FAILLOCK = "auth %s pam_faillock.so %s deny=3 unlock_time=300\n"
house.service("tally", FAILLOCK % ("requisite", "preauth")
              + "auth [success=1 default=bad] pam_healthpass.so match=none fail-delay=0s reuse=once limit=3/1h:by=user\n"
              + FAILLOCK % ("[default=die]", "authfail") + common
              + "account required pam_faillock.so\n"
              "account [success=ok default=bad] pam_healthpass.so match=none reuse=once\n")
with open("/etc/healthpass/policy.conf", "a") as file:
    file.write('pam = { ledger = "file:/run/count/ledger"; };\n')
os.mkdir("/run/count", 0o700)


def pam_try(*words, counted=False):
    words = ["pam-try"] + (["--counted"] if counted else []) + list(words)
    return pexpect.spawn(m.ctl, words, timeout=20, encoding="utf-8",
                         env={"PATH": os.environ["PATH"], "LC_ALL": "C"})


def run(name, service, user, answers, lines, status, counted=False):
    """Answers each prompt; these lines are said behind the last one."""
    child = pam_try(service, user, counted=counted)
    for prompt, answer in answers:
        child.expect_exact(prompt)
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    said = re.findall(r"^(auth|account|session): ([^,\r\n]*)", child.before, re.M)
    tap.equal((said, child.exitstatus), (lines, status), name) or tap.diag(child.before)
    return child.before


IN = [("auth", "PAM_SUCCESS"), ("account", "PAM_SUCCESS"), ("session", "would be opened")]


def out(code):
    return [("auth", code), ("account", "not asked"), ("session", "would not be opened")]


def snapshot():
    """All counts there are: each file with its bytes."""
    found = {}
    for top in ("/run/count", "/run/healthpass", "/run/faillock"):
        for folder, _, files in os.walk(top):
            found[folder] = oct(os.stat(folder).st_mode)
            for name in files:
                path = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(path).st_mode):
                    with open(path, "rb") as file:
                        found[path] = file.read()
    return found


# ---- what a login would do

run("a good pass", "kiosk", "kiosk", [(PROMPT, m.good)], IN, 0)
run("the longest that a terminal takes", "kiosk", "kiosk", [(PROMPT, m.padded(4095))], IN, 0)
said = run("a forged one", "kiosk", "kiosk", [(PROMPT, m.forged)], out("PAM_AUTH_ERR"), 1)
tap.contains(said, "could not be verified here", "... and what the person reads")
tap.contains(said, "refuses: a password or a pass is not accepted", "... in words")
tap.lacks(said, m.forged[:40], "... the pass is not on the screen")
run("another user", "kiosk", "alice", [("Password: ", PASSWORD)], IN, 0)
run("nobody of that name", "kiosk", "nobody-here", [("Password: ", "x")], out("PAM_AUTH_ERR"), 1)
house.service("account", "auth required pam_permit.so\naccount [success=ok default=bad] pam_healthpass.so match=none\n")
run("an account line alone", "account", "kiosk", [],
    [("auth", "PAM_SUCCESS"), ("account", "PAM_PERM_DENIED"), ("session", "would not be opened")], 1)
house.service("wrong", "auth [success=ok default=bad] pam_healthpass.so match=none tires=2\n")
run("a wrong word", "wrong", "kiosk", [], out("PAM_SERVICE_ERR"), 1)
house.log()

# ---- and nothing is counted

before = snapshot()
for _ in range(4):
    run("tally: a bad pass, again and again", "tally", "alice", [(PROMPT, m.forged)], out("PAM_AUTH_ERR"), 1)
run("... a good one is asked for and accepted all the same", "tally", "alice",
    [(PROMPT, m.good), ("Password: ", PASSWORD)], IN, 0)
run("... and is not used up", "tally", "alice", [(PROMPT, m.good), ("Password: ", PASSWORD)], IN, 0)
tap.equal(snapshot(), before, "no file of counts has changed, and no folder is new")

# ---- in a chroot whose root is no mount point, and is shared with the system outside

jail = m.path("jail")
os.mkdir(jail)
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", jail], check=True)
subprocess.run(["mount", "--make-shared", jail], check=True)
jail += "/root"
os.mkdir(jail)
for name in ("bin", "lib", "lib64", "sbin"):
    os.symlink("usr/" + name, jail + "/" + name)
for name in ("usr", "etc", "var", "dev", "proc", "run", "tmp"):
    os.mkdir(jail + "/" + name)
for name in ("usr", "etc", "var", "dev", "proc"):
    subprocess.run(["mount", "--rbind", "/" + name, jail + "/" + name], check=True)
shutil.copytree("/run/count", jail + "/run/count")
shutil.copy(m.ctl, jail + "/tmp/healthpassctl")


def mounts():
    with open("/proc/self/mountinfo") as file:
        return [line for line in file if jail in line]


def counts():
    return {path: os.listdir(jail + "/run/" + path) for path in os.listdir(jail + "/run")}


outside, before = mounts(), counts()
child = pexpect.spawn("chroot", [jail, "/tmp/healthpassctl", "pam-try", "tally", "alice"], timeout=20, encoding="utf-8",
                      env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
tap.equal(child.expect_exact([PROMPT, pexpect.EOF]), 0, "in a chroot whose root is no mount point") or tap.diag(child.before)
tap.equal(mounts(), outside, "... nothing is mounted outside")
child.sendline(m.forged)
child.expect(pexpect.EOF)
child.close()
tap.equal(child.exitstatus, 1, "... a forged pass is refused")
tap.equal(counts(), before, "... and nothing is counted")

# ---- but where it is asked for

for _ in range(3):
    run("with --counted a bad pass counts", "tally", "alice", [(PROMPT, m.forged)], out("PAM_AUTH_ERR"), 1, counted=True)
tap.ok(snapshot() != before, "... files have changed")
said = run("what was counted is seen by a try", "tally", "alice", [], out("PAM_AUTH_ERR"), 1)
subprocess.run(["faillock", "--user", "alice", "--reset"], check=True, capture_output=True)
run("... our limit too", "tally", "alice", [], out("PAM_MAXTRIES"), 1)

with open("/etc/security/faillock.conf", "a") as file:
    file.write("dir = /run/tally # elsewhere\n")
os.mkdir("/run/tally", 0o700)
house.service("settings", FAILLOCK % ("requisite", "preauth") + "auth [success=1 default=bad] pam_healthpass.so match=none\n"
              + FAILLOCK % ("[default=die]", "authfail") + common)
run("a tally where faillock.conf says", "settings", "alice", [(PROMPT, m.forged)], out("PAM_AUTH_ERR"), 1)
tap.equal(os.listdir("/run/tally"), [], "... is put aside")

# ---- a helper that listens where counts are is still heard

scanner = Scanner("/run/healthpass/scan.sock", mode=0o700)
house.service("scan", "auth [success=ok default=bad] pam_healthpass.so match=none source=socket\n"
              "account [success=ok default=bad] pam_healthpass.so match=none\n")
scanner.will(m.good.encode())
run("by a scan helper", "scan", "kiosk", [], IN, 0)

# ---- who is not root

child = pexpect.spawn("setpriv", ["--reuid", "alice", "--regid", "nogroup", "--clear-groups", m.ctl,
                                  "pam-try", "kiosk", "kiosk"], timeout=20, encoding="utf-8")
child.expect(pexpect.EOF)
child.close()
tap.equal(child.exitstatus, 3, "who is not root is asked nothing")
tap.contains(child.before, "run it as root, or let modules count with --counted", "... and told why")
for words in ([], ["login"], ["../login", "kiosk"], ["login", ""]):
    tap.equal(subprocess.run([m.ctl, "pam-try"] + words, capture_output=True).returncode, 2,
              "usage: %r" % words)
tap.equal(subprocess.run([m.ctl, "pam-try", "nosuch", "kiosk"], capture_output=True).returncode, 3,
          "a service that is not there, though libpam would take another")

house.log("")
everything = "".join(house.all)
for word in (PASSWORD, m.good[4:40], FAMILY, GIVEN, BIRTH, UVCI):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
