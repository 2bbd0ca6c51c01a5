#!/usr/bin/python3
"""The real login, su and sudo, with passes from the scan helper: a scanner's line, and pictures
of codes that zbarimg reads where a camera would."""

import os
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from cards import Cards
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, UVCI, product

scan = product("HEALTHPASS_SCAN", "healthpass-scan")
SOCKET = "/run/healthpass/scan.sock"
LINES = ("auth [success=ok default=die] pam_healthpass.so match=none fail-delay=0s %s\n"
         "account [success=ok default=bad] pam_healthpass.so match=none\n"
         "session required pam_permit.so\n")

house, m = houses.build({"kiosk": None, "alice": PASSWORD})
cards = Cards(m)
with open("/etc/healthpass/policy.conf", "w") as out:
    out.write('trust = [ "/etc/healthpass/trust.d", "%s" ];\nrules = "minimal";\nformats = [ "hc1", "shc" ];\n'
              'identity_key = "/etc/healthpass/identity.key";\n' % m.path("cards.store"))
for service in ("login", "su", "sudo"):
    house.service(service, LINES % "source=socket timeout=10s")
with open("/etc/sudoers", "w") as out:
    out.write("Defaults passwd_tries=1\nalice ALL=(ALL) ALL\n")
os.chmod("/etc/sudoers", 0o440)
os.mkdir("/run/healthpass", 0o755)


class Helper:
    def __init__(self, *feed):
        self.process = subprocess.Popen([scan, "--socket", SOCKET] + list(feed), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while not os.path.exists(SOCKET):
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        tap.equal(self.process.communicate()[1], b"", "... the helper had nothing to say")
        os.unlink(SOCKET)


ALICE = ["setpriv", "--reuid", "alice", "--regid", "nogroup", "--clear-groups"]
PROGRAMS = {"login": ["login", "-p", "kiosk"], "su": ALICE + ["su", "kiosk", "-c", "echo I am $(id -un)"],
            "sudo": ALICE + ["sudo", "-u", "kiosk", "sh", "-c", "echo I am $(id -un)"]}


def start(program):
    """All but sudo say that it is time to scan."""
    words = PROGRAMS[program]
    child = pexpect.spawn(words[0], words[1:], timeout=20, encoding="utf-8",
                          env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"})
    if program != "sudo":
        child.expect_exact("Scan your pass")
    return child


def entered(child, program):
    """Does it open what it should?"""
    if program == "login":
        if child.expect_exact(["Pass accepted.", "Login incorrect", pexpect.EOF, pexpect.TIMEOUT]) != 0:
            return False
        child.sendline("echo I am $(id -un); exit")
    found = child.expect_exact(["I am kiosk", pexpect.EOF, pexpect.TIMEOUT])
    child.close(force=True)
    return found == 0


# ---- a scanner's line


def scanned(text):
    """As soon as the helper reads, which has made the line raw."""
    for _ in range(400):
        if not termios.tcgetattr(line)[3] & termios.ICANON:
            break
        time.sleep(0.01)
    time.sleep(0.05)
    os.write(master, text.encode() + b"\r\n")



master, line = os.openpty()
passes = {"480 characters": m.padded(480), "1,093 characters": m.padded(1093), "8,000 characters": cards.padded(8000)[0]}
for program in PROGRAMS:
    with Helper("--device", os.ttyname(line)):
        for name, text in passes.items():
            child = start(program)
            scanned(text)
            tap.ok(entered(child, program), "%s: a pass of %s by the scanner" % (program, name))
            tap.equal(len(house.log("accepted: reason=ok ")), 1, "... one log line")
        child = start(program)
        scanned(m.forged)
        tap.ok(not entered(child, program), program + ": a forged one")
        tap.equal(len(house.log("refused: reason=signer-unknown ")) > 0, True, "... is refused")

# ---- a camera, on only while somebody is asked

picture = m.path("pass.png")
for program in PROGRAMS:
    m.issue("--pad", "1093", "--png", picture)
    with Helper("--", "zbarimg", "--raw", "--oneshot", "--quiet", "--nodbus", "-Sdisable", "-Sqrcode.enable", picture):
        child = pexpect.spawn(PROGRAMS[program][0], PROGRAMS[program][1:], timeout=20, encoding="utf-8",
                              env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"})
        tap.ok(entered(child, program), program + ": a picture of a pass of 1,093 characters")
        tap.contains("".join(house.log("accepted: ")), " source=socket", "... is in the log")

# ---- no helper

child = pexpect.spawn("login", ["-p", "kiosk"], timeout=20, encoding="utf-8", env={"TERM": "dumb", "PATH": os.environ["PATH"]})
tap.equal(child.expect_exact(["Passes cannot be checked at the moment.", "Scan your pass", pexpect.EOF]), 0,
          "login without a helper: nobody is asked")
child.close(force=True)
tap.equal(len(house.log("source socket: " + SOCKET + ": No such file")) > 0, True, "... the log says why")
house.service("login", LINES % "source=socket,prompt")
child = pexpect.spawn("login", ["-p", "kiosk"], timeout=20, encoding="utf-8", env={"TERM": "dumb", "PATH": os.environ["PATH"]})
child.expect_exact("Scan your pass: ")
child.send(m.good + "\n")
tap.ok(entered(child, "login"), "... with source=socket,prompt everybody can type")

everything = "".join(house.all)
for word in (m.good[4:40], m.forged[4:40], passes["8,000 characters"][40:80], FAMILY, FAMILY.upper(), GIVEN, BIRTH, UVCI):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
