#!/usr/bin/python3
"""Where uses and refusals are kept: by the demo's README at real logins, for programs that run as
their users, and in a fleet whose Redis goes away."""

import ctypes
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from host import Host
from material import FAMILY, GIVEN, TOP, UVCI

PROMPT = "Scan your pass: "
NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."
TOO_MANY = r"Too many attempts\. Please wait \d+ (?:second|minute)s\."
POLICY = "/etc/healthpass/policy.conf"
RUN = "/run/healthpass"
HOLDERS = "/etc/healthpass/holders"

house, m = houses.build({"kiosk": None, "alice": None})
shutil.rmtree(RUN, ignore_errors=True)
with open(os.path.join(TOP, "pam_module/demo/README.md")) as file:
    readme = file.read()
# But for the step that ends login after one bad pass: here one terminal has several.
for line in re.findall(r"^ +((?:sed -i|echo) .*)$", readme, re.M):
    if "LOGIN_RETRIES" not in line:
        subprocess.run(["sh", "-c", line], check=True)
with open("/etc/pam.d/login") as file:
    text = file.read()
house.service("login", text.replace("auth       optional   pam_faildelay.so", "#"))
with open("/etc/pam.d/healthpass-kiosk") as file:
    text = file.read()
words = "match=none reuse=window:10m limit=10/1m:by=tty"
ends, scanner = " max-session=10m on-expiry=terminate\n", " source=socket,prompt\n"
tap.equal([text.count(words + more) for more in (scanner, "\n", ends)], [1, 1, 1], "the README's steps")
said = subprocess.run([m.ctl, "pam-check", "login"], capture_output=True, encoding="utf-8")
tap.equal((said.returncode, said.stdout.count(": note: ")), (0, 2), "... leave nothing to warn of") or tap.diag(said.stdout)
house.service("healthpass-kiosk", text.replace("limit=10/1m", "fail-delay=0s limit=2/1h").replace(scanner, "\n"))


def login(text):
    child = pexpect.spawn("login", ["-p", "kiosk"], timeout=20, encoding="utf-8",
                          env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"})
    child.expect_exact(PROMPT)
    child.send(text + "\n")
    return child


def says(child, words, name):
    found = child.expect([words, "accepted", "could not", PROMPT, pexpect.EOF, pexpect.TIMEOUT])
    tap.equal(found, 0, name)


# ---- three kiosks: each login has a terminal of its own as long as they all stand

first, second = login(m.good), login(m.good)
says(first, r"Pass accepted\. Valid until [^\r\n]+\.", "a kiosk")
says(second, r"Pass accepted\. Valid until [^\r\n]+\.", "the next one, when that broke down")
third = login(m.good)
says(third, re.escape(NOT_ACCEPTED), "a third one")
lines = house.log("refused: reason=reused id=110 stage=reuse service=login")
tap.ok(len(lines) == 1 and lines[0].startswith("<84>"), "... authpriv.warning")
third.expect("login:")
third.sendline("kiosk")
third.expect_exact(PROMPT)
third.send(m.good + "\n")
says(third, re.escape(NOT_ACCEPTED), "... once more")
lines = house.log("refused: reason=reused ")
tap.ok(len(lines) == 1 and lines[0].startswith("<85>"), "... which is none: one a window")
third.expect("login:")
third.sendline("kiosk")
says(third, TOO_MANY, "... and now that terminal is shut")
lines = house.log("denied: reason=too-many-tries id=120 service=login")
tap.ok(len(lines) == 1 and lines[0].startswith("<85>"), "... authpriv.notice")
for child in (first, second, third):
    child.close(force=True)

for name, mode in (("", 0o40700), ("/ledger", 0o100600), ("/tries", 0o100600)):
    found = os.stat(RUN + name)
    tap.equal((found.st_uid, found.st_gid, found.st_mode), (0, 0, mode), RUN + name + " is root's")
for name in ("/ledger", "/tries"):
    with open(RUN + name, "rb") as file:
        kept = file.read()
    for word in (FAMILY, GIVEN, UVCI, UVCI[9:], "kiosk", "pts/", m.good[4:40]):
        tap.ok(word.encode() not in kept, "... without " + word[:10])

# ---- programs that run as their users, such as screen lockers

user = pwd.getpwnam("alice")
with open(POLICY) as file:
    readable = re.findall(r'^(?:identity_key|deny_list) *= *"(.*)"', file.read(), re.M)
tap.equal(len(readable), 2, "what a user has to be let read")
for path in readable:
    os.chmod(path, 0o640)
    os.chown(path, 0, user.pw_gid)
for name, options in (("plain", ""), ("reusing", " reuse=once"), ("limiting", " limit=3/1h:by=tty")):
    m.service(name, m.lines("match=none policy=" + POLICY + options))


def in_child(what):
    """What it gives, as a text, from a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, repr(what()).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        text = file.read().decode()
    tap.equal(os.waitpid(child, 0)[1], 0, "... a process of its own") if not text else None
    return text


def show(service, tty="tty1"):
    with Host(m.services, service, "alice", tty=tty) as host:
        return host.authenticate(m.good), len(host.prompts)


def as_user(service):
    def what():
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
        return show(service)
    return in_child(what)


for there in ("with", "without"):
    tap.equal(as_user("plain"), "('SUCCESS', 1)", "as a user, %s a ledger there: a pass" % there)
    tap.equal(as_user("reusing"), "('AUTHINFO_UNAVAIL', 0)", "... reuse= asks for what is root's")
    tap.equal(as_user("limiting"), "('AUTHINFO_UNAVAIL', 0)", "... and so does limit=")
    shutil.rmtree(RUN, ignore_errors=True)
tap.equal(show("reusing"), ("SUCCESS", 1), "root makes it")

# ---- su(1), which is root's, but whose real user and limits are those of who calls it


def su(limit):
    def become():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    return pexpect.spawn("su", ["kiosk", "-c", "true"], timeout=20, encoding="utf-8",
                         env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"}, preexec_fn=become)


m.run("bind", "--holders", HOLDERS, "kiosk", m.write("pass.txt", m.good + "\n"))
house.service("su", m.lines("match=file:%s reuse=window:1h:9 policy=%s" % (HOLDERS, POLICY)))
before = os.stat(RUN + "/ledger").st_size
says(su(before - 500), "cannot be checked", "su: a limit of sizes that would cut a row")
tap.ok(house.log("ulimit -f"), "... the log says why nobody is asked")
child = su(resource.RLIM_INFINITY)
child.expect_exact(PROMPT)
child.send(m.good + "\n")
says(child, r"Pass accepted\. Valid until [^\r\n]+\.", "... which shuts nobody else out; by a file of root's")

# ---- a fleet: one Redis, and machines whose terminals have the same names

folder = m.path("redis")
os.mkdir(folder)
SOCKET = folder + "/redis.sock"


def start_redis():
    redis = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", SOCKET, "--save", "",
                              "--dir", folder], stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(SOCKET)
            return redis
        except OSError:
            time.sleep(0.05)
    raise SystemExit("Bail out! redis-server does not start")


def on_machine(name, tty="tty1"):
    def what():
        ctypes.CDLL(None).unshare(0x04000000)  # CLONE_NEWUTS
        socket.sethostname(name)
        return show("fleet", tty)
    return in_child(what)


with open(POLICY) as file:
    text = file.read()
m.write("fleet.conf", text.replace("file:" + RUN + "/ledger", "unix:" + SOCKET))
m.service("fleet", m.lines("match=none reuse=window:10m policy=" + m.path("fleet.conf")))
redis = start_redis()
tap.equal(on_machine("one"), "('SUCCESS', 1)", "a fleet: at one machine")
tap.equal(on_machine("one"), "('SUCCESS', 1)", "... there again")
tap.equal(on_machine("two"), "('SUCCESS', 1)", "... at another one's terminal of that name")
tap.equal(on_machine("three"), "('AUTH_ERR', 1)", "... and no third one's")
os.kill(redis.pid, signal.SIGSTOP)
began = time.monotonic()
tap.equal(on_machine("one"), "('AUTHINFO_UNAVAIL', 0)", "a Redis that is frozen: nobody is asked")
tap.ok(time.monotonic() - began < 4, "... and nobody waits long")
os.kill(redis.pid, signal.SIGCONT)
tap.equal(on_machine("one"), "('SUCCESS', 1)", "... it goes on")
redis.kill()
redis.wait()
tap.equal(on_machine("one"), "('AUTHINFO_UNAVAIL', 0)", "... it is killed")
redis = start_redis()
tap.equal(on_machine("three"), "('SUCCESS', 1)", "... and is another one")
redis.kill()
redis.wait()

tap.done()
