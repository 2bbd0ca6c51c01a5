#!/usr/bin/python3
"""A guest in somebody else's process: exports, libraries, memory and descriptors."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import _ctypes
import tap
from host import Host
from material import Material

SERVICE = 1  # PAM_SERVICE

m = Material()
m.service("one", m.lines())


def output(*words):
    return subprocess.run(words, check=True, capture_output=True).stdout.decode()


# ---- what it exports, and needs

names = sorted(line.split()[2] for line in
               output("nm", "-D", "--defined-only", m.module).splitlines())
tap.equal(names, ["pam_sm_acct_mgmt", "pam_sm_authenticate", "pam_sm_close_session",
                  "pam_sm_open_session", "pam_sm_setcred"], "the five names and no other")

EXPECTED = {"libc.so.6", "libpam.so.0", "libcbor.so.0.8", "libcrypto.so.3", "libjansson.so.4", "libutf8proc.so.2",
            "libconfig.so.9", "libhiredis.so.0.14", "libz.so.1", "libm.so.6", "libgcc_s.so.1"}
dynamic = output("readelf", "-d", m.module)
needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))
# A sanitizer keeps what was freed and unloaded; the plain build is held to it.
sanitized = "HEALTHPASS_PRELOAD" in os.environ
runtimes = {name for name in needed if re.match(r"lib(a|ub)san|libclang_rt", name)}
tap.equal(needed - EXPECTED - runtimes, set(), "no library but those of the README")
tap.lacks(output("ldd", "-r", m.module), "not found", "all of them are found")
tap.contains(dynamic, "BIND_NOW", "bound at load")
tap.lacks(dynamic, "TEXTREL", "no text relocations")
variables = [line.split()[-1] for line in output("objdump", "-t", m.module).splitlines()
             if re.search(r" O \.(data|bss)\s", line)]
tap.equal([name for name in variables if not re.match(r"__|completed\.", name)]
          if not sanitized else [], [], "no variable at file scope")

# ---- loaded and unloaded


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1])


def rounds(count):
    for _ in range(count):
        handle = _ctypes.dlopen(m.module, 2)
        _ctypes.dlclose(handle)


rounds(50)
before = resident()
rounds(1000)
tap.ok(sanitized or resident() - before < 100,
       "1,000 rounds of dlopen and dlclose leave no memory behind")

codes = []
for _ in range(30):
    with Host(m.services, "one", m.user) as host:
        codes.append((host.authenticate(m.good), host.account()))
before = resident()
descriptors = os.listdir("/proc/self/fd")
for _ in range(100):
    with Host(m.services, "one", m.user) as host:
        codes.append((host.authenticate(m.good), host.account()))
        host.authenticate(m.forged)
tap.equal(set(codes), {("SUCCESS", "SUCCESS")}, "130 handles, one after the other")
tap.ok(sanitized or resident() - before < 500, "... leave no memory behind") \
    or tap.diag("%d pages" % (resident() - before))
tap.equal(os.listdir("/proc/self/fd"), descriptors, "... and no descriptor")

# libpam unloads the modules of a service that is left, and calls the cleanup of their data later
m.service("two", "auth required pam_permit.so\naccount required pam_permit.so\n")
child = os.fork()
if child == 0:
    with Host(m.services, "one", m.user) as host:
        host.authenticate(m.good)
        host.set_item(SERVICE, "two")
        host.account()
    os._exit(0)
tap.equal(os.waitpid(child, 0)[1], 0, "a host that changes its service ends in peace")

first, second = (Host(m.services, "one", m.user) for _ in range(2))
first.authenticate(m.good)
tap.equal((second.account(), first.account()), ("PERM_DENIED", "SUCCESS"),
          "two handles know nothing of each other")
first.end()
second.end()

environment = dict(os.environ)
with Host(m.services, "one", m.user) as host:
    host.authenticate(m.good)
tap.equal((dict(os.environ), os.getcwd()), (environment, os.getcwd()),
          "environment and folder are as they were")

tap.done()
