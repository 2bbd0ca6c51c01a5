#!/usr/bin/python3
"""Each call of the module and the core that can fail does fail once: the door stays shut."""

import ctypes
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import house as houses
import tap
from host import Host
from material import TOP, Material
from scanner import Scanner

if "HEALTHPASS_PRELOAD" in os.environ:
    tap.skip_here("this links a module of its own; make test runs it")

# Root's records are below /run: not that of the machine.
if os.geteuid() == 0:
    houses.enter()
    houses.empty("/run")

# The module's own sources and the built core, with calls led through fail.c.
core = os.path.join(os.environ.get("BUILD", TOP + "/build"), "libhp.a")
if not os.path.exists(core):
    print("Bail out! %s is missing: run make" % core)
    sys.exit(1)


def build(m):
    with open(TOP + "/t/pam/lib/fail.c") as file:
        names = re.findall(r"^WRAP\([^,]+, (\w+),", file.read(), re.M)
    sources = [path for path in glob.glob(TOP + "/pam_module/*.c")]
    libraries = subprocess.run(
        ["pkg-config", "--libs", "libcbor", "libcrypto", "hiredis", "jansson", "libconfig", "libutf8proc", "zlib"],
        check=True, capture_output=True).stdout.decode().split()
    target = m.path("failing.so")
    subprocess.run(
        shlex.split(os.environ.get("CC", "cc"))
        + ["-std=c11", "-D_GNU_SOURCE", "-O1", "-fPIC", "-fvisibility=hidden", "-shared",
           "-I" + TOP + "/common", "-o", target, TOP + "/t/pam/lib/fail.c"]
        + sources + [core] + ["-Wl,--wrap=" + name for name in names] + libraries + ["-lpam"],
        check=True)
    return target


m = Material(ordinary=False)
m.module = build(m)
m.count_in("ledger")
m.service("failing", m.lines())
m.service("counting", m.lines("match=none reuse=window:1h limit=32/1s:by=tty"))
shim = ctypes.CDLL(m.module)
shim.fail_name.restype = ctypes.c_char_p

DENIALS = {"AUTH_ERR", "AUTHINFO_UNAVAIL", "SERVICE_ERR", "SYSTEM_ERR", "BUF_ERR", "CONV_ERR",
           "USER_UNKNOWN"}
# Without these a line says less, a message says less, or a changed file is seen later.
HARMLESS = {"pam_get_item", "localtime_r"}
AT_THE_ANSWER = {"open", "read", "fstat", "stat", "lstat", "scandir", "realpath", "malloc",
                 "calloc", "reallocarray", "strdup"}
# What is left for other handles: this one's evidence does without.
AT_THE_RECORD = AT_THE_ANSWER | {"openat", "write", "fchmod", "renameat", "unlinkat", "mkdir",
                                 "getrlimit", "getrandom", "pam_putenv", "clock_gettime"}


def once(nth, answer, service="failing", beside=None):
    """(what failed, before the prompt, auth's code, account's code)."""
    with Host(m.services, service, m.user) as host:
        if beside:
            threading.Thread(target=beside, args=(host,), daemon=True).start()
        shim.fail_start(nth)
        code = host.authenticate(answer)
        shim_name = shim.fail_name()
        shim.fail_start(0)
        name = shim_name.decode() if shim_name else None
        return name, not host.prompts, code, host.account()


def each(answer, service="failing", beside=None):
    nth = 1
    while True:
        result = once(nth, answer, service, beside)
        if result[0] is None:
            return
        yield result
        nth += 1


tap.equal(once(0, m.good)[2:], ("SUCCESS", "SUCCESS"), "nothing fails: a good pass")

results = list(each(m.forged))
tap.ok(len(results) > 50, "a forged pass: %d calls that fail" % len(results))
tap.equal([r for r in results if r[2] not in DENIALS or r[3] == "SUCCESS"], [],
          "... and no way in")

results = list(each(m.good))
tap.ok(len(results) > 50, "a good pass: %d calls that fail" % len(results))
tap.equal([r for r in results if r[2] not in DENIALS | {"SUCCESS"}], [],
          "... no code that PAM could take for success")
tap.equal([r for r in results if r[2] == "SUCCESS" and r[0] not in HARMLESS | {"pam_get_data"}
           and (r[1] or r[0] not in AT_THE_RECORD)], [],
          "... accepted only where what failed is not needed")
tap.equal([r for r in results if (r[2] == "SUCCESS") != (r[3] == "SUCCESS")], [],
          "... account lets in whom auth let in")

# Where uses are counted, nobody gets in uncounted.
COUNTING = {"mkdir", "flock", "pread", "pwrite", "ftruncate", "gethostname", "pam_get_item"}
tap.equal(once(0, m.good, "counting")[2:], ("SUCCESS", "SUCCESS"), "counted: a good pass")
shutil.rmtree(m.path("run"))
results = list(each(m.good, "counting"))
failed = {r[0] for r in results}
tap.ok(COUNTING <= failed | {"ftruncate", "mkdir"}, "... %d calls that fail" % len(results)) \
    or tap.diag(repr(COUNTING - failed))
tap.equal([r for r in results if r[2] not in DENIALS | {"SUCCESS"}], [],
          "... no code that PAM could take for success")
tap.equal([r for r in results if r[2] == "SUCCESS" and r[0] in COUNTING - {"mkdir", "pam_get_item"}],
          [], "... and each of the ledger's denies")
tap.equal([r for r in results if (r[2] == "SUCCESS") != (r[3] == "SUCCESS")], [],
          "... account lets in whom auth let in")
results = list(each(m.forged, "counting"))
tap.equal([r for r in results if r[2] not in DENIALS | {"MAXTRIES"} or r[3] == "SUCCESS"], [],
          "... a forged pass: %d calls that fail, and no way in" % len(results))

# Scanners: each call that reaches for one is needed but once.
scanner = Scanner(m.path("run/scan.sock"))
scanner.will(*[m.good.encode()] * 1000)
m.service("socket", m.lines("match=none source=socket,prompt socket=" + scanner.path
                            + ("" if os.geteuid() == 0 else " socket-user=" + m.user)))
line, node = os.openpty()
m.service("device", m.lines("match=none source=device,prompt device=" + os.ttyname(node)))


def scan(host):
    for _ in range(400):
        if host.infos or host.prompts or host.errors:
            break
        time.sleep(0.005)
    os.write(line, m.good.encode() + b"\r")


SCANNERS = {"socket": {"socket", "connect", "getsockopt", "getrandom", "send", "poll", "recv"}}
if os.geteuid() == 0:
    SCANNERS["device"] = {"realpath", "open", "isatty", "fstat", "flock", "ioctl", "tcgetattr", "tcsetattr", "tcflush",
                          "poll", "read"}
for service, needed in SCANNERS.items():
    beside = scan if service == "device" else None
    tap.equal(once(0, m.forged, service, beside)[2:], ("SUCCESS", "SUCCESS"), service + ": a good pass")
    results = list(each(m.forged, service, beside))
    denied = {r[0] for r in results if r[2] != "SUCCESS"}
    tap.equal(needed - denied, set(), "... %d calls that fail, and these deny" % len(results))
    tap.equal([r for r in results if r[2] not in DENIALS | {"SUCCESS"}], [],
              "... no code that PAM could take for success")
    tap.equal([r for r in results if (r[2] == "SUCCESS") != (r[3] == "SUCCESS")], [],
              "... account lets in whom auth let in")

host = Host(m.services, "failing", m.user)
host.authenticate(m.good)
results = []
while True:
    shim.fail_start(len(results) + 1)
    code = host.account()
    if not shim.fail_name():
        break
    results.append((shim.fail_name().decode(), code))
shim.fail_start(0)
# Without the handle's evidence root's record has to do.
tap.equal([r for r in results if r[1] == "SUCCESS" and (r[0] != "pam_get_data" or os.geteuid() != 0)],
          [], "account: each of %d failures denies" % len(results))
tap.equal(code, "SUCCESS", "... and none does not")


def sessions():
    """(what failed, open_session's code, how many records are left behind) of each failure."""
    nth = 1
    while True:
        with Host(m.services, "ending", m.user) as host:
            host.authenticate(m.good)
            host.account()
            shim.fail_start(nth)
            code = host.open_session()
            name = shim.fail_name()
            shim.fail_start(0)
            kept = len(os.listdir("/run/healthpass/sessions")) if os.geteuid() == 0 else 0
            host.close_session()
            if name is None:
                return
            yield name.decode(), code, kept
            nth += 1


m.service("ending", m.lines("match=none max-session=1h on-expiry=terminate"))
results = list(sessions())
HARMLESS_THERE = {"pam_get_item", "pam_putenv", "pam_get_data", "clock_gettime", "getrlimit", "open",
                  "read", "openat", "fstat", "stat", "lstat", "unlinkat", "mkdir"}
tap.ok(len(results) > 10, "session: %d calls that fail" % len(results))
tap.equal([r for r in results if r[1] not in {"SUCCESS", "SESSION_ERR", "PERM_DENIED", "BUF_ERR"}], [],
          "... no code that PAM could take for success")
tap.equal([r for r in results if r[1] == "SUCCESS" and r[0] not in HARMLESS_THERE], [],
          "... a session only where what failed is not needed")
tap.equal([r for r in results if os.geteuid() == 0 and (r[1] == "SUCCESS") != (r[2] == 1)], [],
          "... and none without its record")

tap.done()
