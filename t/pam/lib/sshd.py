"""A private sshd on 127.0.0.1 that asks PAM, and OpenSSH's client at a terminal; see house.py."""

import os
import shutil
import socket
import subprocess
import sys
import time

import pexpect

import tap
from house import PASSWORD

CONFIG = """
ListenAddress 127.0.0.1
Port %d
HostKey %s
PidFile none
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
PubkeyAuthentication yes
AuthorizedKeysFile /etc/healthpass/%%u.keys
LogLevel VERBOSE
"""


def needed():
    if not os.path.exists("/usr/sbin/sshd") or not shutil.which("ssh"):
        tap.skip_all("openssh-server or openssh-client is not installed")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd:
    """Runs from its making to stop(); alice logs in."""

    def __init__(self, material):
        self._m = material
        self.port = _free_port()
        config = material.write("sshd_config", CONFIG % (self.port, self.keygen("host")))
        self._daemon = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", config])
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        print("Bail out! sshd does not start")
        sys.exit(1)

    def keygen(self, name):
        path = self._m.path(name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        return path

    def key(self, user="alice"):
        """A new key that opens the user's login."""
        key = self.keygen(user)
        shutil.copy(key + ".pub", "/etc/healthpass/%s.keys" % user)
        return key

    def ssh(self, method, *options, command=None):
        # Of two values for an option ssh takes the first.
        words = ["-F", "none", "-p", str(self.port), *options, "-o", "StrictHostKeyChecking=no",
                 "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                 "-o", "PreferredAuthentications=" + method, "-o", "NumberOfPasswordPrompts=1"]
        words += ["alice@127.0.0.1"] + ([command] if command else [])
        return pexpect.spawn("ssh", words, timeout=20, encoding="utf-8",
                             env=dict(os.environ, LC_ALL="C", TERM="dumb"))

    def password(self, *options, **more):
        child = self.ssh("keyboard-interactive", *options, **more)
        child.expect_exact("Password: ")
        child.sendline(PASSWORD)
        return child

    def stop(self):
        self._daemon.terminate()
        self._daemon.wait()


def rest(child):
    """What is said until the end."""
    child.expect(pexpect.EOF)
    child.close()
    return child.before
