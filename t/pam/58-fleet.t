#!/usr/bin/python3
"""A deny list that a fleet shares, at a login: what another machine blocked is refused within a
second, and Redis, which PAM never asks, may be gone."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material

m = Material()
sock = m.path("redis.sock")
redis = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", sock, "--save", "", "--dir",
                          os.path.dirname(sock)], stdout=subprocess.DEVNULL)


def policy(name):
    return m.write(name + ".conf", m.policy_text() + 'deny_list = "unix:%s";\ndeny_copy = "%s";\n'
                   % (sock, m.path(name + ".copy/deny")))


def soon(true, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def login():
    with Host(m.services, "kiosk", m.user) as host:
        host.authenticate(m.good)
        return "accepted: reason=ok " in host.log, "reason=denied-here id=82 " in host.log, host.log


office, kiosk = policy("office"), policy("kiosk")
m.service("kiosk", m.lines("match=none policy=" + kiosk))
pass_file = m.write("pass.txt", m.good)
tap.equal(soon(lambda: os.path.exists(sock), 10), True, "a Redis of one's own")
tap.contains(login()[2], "this machine's copy of the deny list in unix:" + sock,
             "without a copy nobody comes in, and the log says why")
m.run("revoke", "share", "--policy", office, "--from", "nothing")
follower = subprocess.Popen([m.ctl, "revoke", "follow", "--policy", kiosk],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    tap.equal(soon(lambda: login()[0], 5), True, "with one the pass is accepted")
    m.run("revoke", "add", "--policy", office, "--pass", pass_file)
    tap.equal(soon(lambda: login()[1], 1), True, "blocked in the office, it is refused within a second")
    redis.kill()
    redis.wait()
    tap.equal(login()[1], True, "... without Redis, too")
finally:
    follower.kill()
    follower.wait()
    redis.kill()
    redis.wait()
tap.contains(login()[2], "reason=denied-here ", "... and when nobody follows")

tap.done()
