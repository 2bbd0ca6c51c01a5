"""Real login, su and sshd, in a mount namespace of their own.

The test runs a second time inside `unshare -m`, where /etc is a copy, the folder of
PAM modules is a copy with ours in it, /dev/log is read by the test, and /run,
/var/log, /var/lib/healthpass and /home are empty.  The machine outside sees nothing of it.
"""

import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import tap
from material import TOP, Material

PASSWORD = "correct horse"
_MARK = "HEALTHPASS_TEST_HOUSE"


def enter():
    """Returns inside the namespace only, with the folder of this run."""
    if _MARK in os.environ:
        return os.environ[_MARK]
    if "HEALTHPASS_PRELOAD" in os.environ:
        tap.skip_here("a setuid program loads no sanitizer; make test runs this")
    if os.geteuid() != 0:
        tap.skip_all("real login, su and sshd need root")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        tap.skip_all("unshare -m is not permitted here")
    folder = tempfile.mkdtemp(prefix="healthpass-pam-")
    os.chmod(folder, 0o755)
    try:
        rc = subprocess.run(
            ["unshare", "-m", "--propagation", "private", sys.executable] + sys.argv,
            env=dict(os.environ, **{_MARK: folder})).returncode
    finally:
        shutil.rmtree(folder)
    sys.exit(rc)


def _run(*words):
    subprocess.run(words, check=True)


def empty(folder):
    """A folder of nothing, in the namespace of enter()."""
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)


def _bind(source, target):
    _run("mount", "--rbind", source, target)


def security_dir():
    return os.path.dirname(glob.glob("/usr/lib/*/security/pam_unix.so")[0])


def build(users, helpers=()):
    """(house, material) for a test that ran enter(): with the demo's files in place."""
    folder = enter()
    material = Material(folder + "/material", ordinary=False, helpers=helpers)
    house = House(folder, material.module, users)
    demo = os.path.join(TOP, "pam_module", "demo")
    for name in os.listdir(demo + "/pam.d"):
        shutil.copy(demo + "/pam.d/" + name, "/etc/pam.d/" + name)
    material.run("init")
    shutil.copy(material.path("keys/issuer.pem"), "/etc/healthpass/trust.d/")
    return house, material


class House:
    """users: {name: password or None for a locked one}."""

    def __init__(self, folder, module, users):
        self.folder = folder
        self.lines = []
        self._dev()
        self._etc(users)
        self._modules(module)
        os.makedirs("/var/lib/healthpass", exist_ok=True)  # where init's deny list is
        for folder in ("/run", "/var/log", "/var/lib/healthpass", "/home"):
            empty(folder)
        os.mkdir("/run/sshd", 0o755)
        for name in users:
            os.mkdir("/home/" + name, 0o755)
        self._listen()

    def _dev(self):
        dev = self.folder + "/dev"
        os.mkdir(dev)
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", dev)
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            open(dev + "/" + name, "w").close()
            _bind("/dev/" + name, dev + "/" + name)
        for name in ("pts", "shm"):
            os.mkdir(dev + "/" + name)
            _bind("/dev/" + name, dev + "/" + name)
        os.symlink("/proc/self/fd", dev + "/fd")
        os.symlink("pts/ptmx", dev + "/ptmx")
        _bind(dev, "/dev")

    def _etc(self, users):
        # Here, because under a sanitizer, where nothing of this runs, its import alone would crash.
        import crypt
        etc = self.folder + "/etc"
        _run("cp", "-a", "/etc", etc)
        with open(etc + "/passwd", "a") as passwd, open(etc + "/shadow", "a") as shadow:
            for uid, (name, password) in enumerate(users.items(), 61001):
                passwd.write("%s:x:%d:%d::/home/%s:/bin/sh\n" % (name, uid, 65534, name))
                word = crypt.crypt(password, crypt.METHOD_SHA512) if password else "!"
                shadow.write("%s:%s:19000:0:99999:7:::\n" % (name, word))
        for name in ("motd", "issue", "nologin"):
            if os.path.exists(etc + "/" + name):
                os.unlink(etc + "/" + name)
        shutil.rmtree(etc + "/healthpass", ignore_errors=True)
        _bind(etc, "/etc")

    def _modules(self, module):
        copy = self.folder + "/security"
        _run("cp", "-a", security_dir(), copy)
        shutil.copyfile(module, copy + "/pam_healthpass.so")
        os.chmod(copy + "/pam_healthpass.so", 0o644)
        _bind(copy, security_dir())

    def _listen(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            self.lines.append(self._socket.recv(65536).decode("utf-8", "backslashreplace"))

    def service(self, name, text):
        with open("/etc/pam.d/" + name, "w") as out:
            out.write(text)

    def log(self, word="pam_healthpass"):
        """The lines with this word since the last call."""
        time.sleep(0.2)
        lines, self.lines[:] = list(self.lines), []
        self.all = getattr(self, "all", []) + lines
        return [line for line in lines if word in line]

    def include(self, service, line, after):
        """Puts our include below a line of the distribution's own service file."""
        with open("/etc/pam.d/" + service) as file:
            text = file.read()
        assert text.count("\n" + after) == 1, "/etc/pam.d/%s has no %s" % (service, after)
        self.service(service, text.replace("\n" + after, "\n" + after + "\n" + line))
