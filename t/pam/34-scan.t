#!/usr/bin/python3
"""The scan helper by itself: what it reads from, whom it answers, and what becomes of it."""

import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from material import TOP, product

SCAN = product("HEALTHPASS_SCAN", "healthpass-scan")
folder = tempfile.TemporaryDirectory(prefix="healthpass-scan-")
PATH = folder.name + "/scan.sock"
TEXT = b"HC1:" + b"A B  $%*+-./:" * 84
LONG = (TEXT * 8)[:8000]


class Helper:
    def __init__(self, *words, path=PATH, **how):
        # One that outlives a test that fails must not keep prove waiting for its output.
        self.process = subprocess.Popen([SCAN] + (["--socket", path] if path else []) + list(words),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **how)
        self.said = None
        for _ in range(400):
            if os.path.exists(PATH):
                break
            time.sleep(0.005)

    def end(self):
        """What it said, after it was told to end."""
        self.process.terminate()
        if self.said is None:
            self.said = self.process.communicate()[1].decode()
        if os.path.exists(PATH):
            os.unlink(PATH)
        return self.said

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.end()


class Gate:
    """One request; whoever is connected waits."""

    def __init__(self, seconds=2, message=None):
        self.id = os.urandom(16).hex().encode()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(10)
        self.socket.connect(PATH)
        self.socket.send(message or b"HPSCAN/1 %s %d\n" % (self.id, seconds))

    def reply(self):
        """(word, text); None where the helper hangs up."""
        with self.socket:
            message = self.socket.recv(65536)
        if not message:
            return None
        assert len(message) <= 8192
        head, text = message.split(b"\n", 1)
        protocol, id, word = head.split(b" ")
        assert (protocol, id) == (b"HPSCAN/1", self.id)
        return word.decode(), text


def ask(seconds=2):
    return Gate(seconds).reply()


# ---- a command, run for each code

with Helper("--", "printf", "%s\\n", TEXT.decode()):
    tap.equal(ask(), ("scan", TEXT), "what the command writes")
    tap.equal(ask(), ("scan", TEXT), "... and once more")
    tap.equal(os.stat(PATH).st_mode & 0o777, 0o600, "the socket is for its owner alone")
    for message in (b"HPSCAN/1", b"HPSCAN/2 " + b"0" * 32 + b" 2\n", b"HPSCAN/1 " + b"0" * 32 + b" 0\n",
                    b"HPSCAN/1 " + b"0" * 32 + b" 86401\n", b"HPSCAN/1 " + b"0" * 31 + b" 2\n",
                    b"HPSCAN/1 " + b"0" * 32 + b" 2", b"HPSCAN/1 " + b"0" * 32 + b" 2\n\n", b"x" * 5000):
        tap.equal(Gate(message=message).reply(), None, "no request: %r" % message[:48])
    tap.equal(ask(), ("scan", TEXT), "... and the next one is served")
file = folder.name + "/text"
for length, expected in ((8000, ("scan", LONG)), (8145, ("scan", b"x" * 8145)), (8146, ("long", b""))):
    with open(file, "wb") as out:
        out.write((LONG if length == 8000 else b"x" * length) + b"\r\n")
    with Helper("--", "cat", file):
        tap.equal(ask(), expected, "%d characters" % length)
for command, expected, name in ((["true"], "none", "one that writes nothing"), (["false"], "absent", "one that fails"),
                                (["/nonexistent/zbarcam"], "absent", "one that is not there")):
    with Helper("--", *command):
        tap.equal(ask(), (expected, b""), name)

pid = folder.name + "/pid"
sleeper = "echo $$ >%s; sleep 60 & echo $! >>%s; wait" % (pid, pid)


def gone():
    """Both processes of the sleeper."""
    with open(pid) as file:
        numbers = file.read().split()
    os.unlink(pid)
    for _ in range(200):
        if len(numbers) == 2 and not any(os.path.exists("/proc/%s/fd" % n) and "sleep" in open("/proc/%s/cmdline" % n).read()
                                         for n in numbers):
            return True
        time.sleep(0.01)
    return False


def started():
    for _ in range(400):
        if os.path.exists(pid) and len(open(pid).read().split()) == 2:
            return
        time.sleep(0.005)


with Helper("--", "sh", "-c", sleeper) as helper:
    at = time.monotonic()
    tap.equal(ask(1), ("none", b""), "one that takes longer than the gate waits")
    tap.ok(0.9 < time.monotonic() - at < 2, "... is waited for so long")
    tap.ok(gone(), "... and ended, with all that it started")
    gate = Gate(60)
    started()
    gate.socket.close()
    tap.ok(gone(), "a gate that hangs up ends it, too")
    gate = Gate(60)
    started()
    at = time.monotonic()
    tap.equal(Gate(60).reply(), ("busy", b""), "who comes meanwhile hears that it is busy")
    tap.ok(time.monotonic() - at < 3, "... soon")
    gate.socket.close()
    tap.ok(gone(), "... the first one goes")
    tap.equal(ask(1), ("none", b""), "... and the next one is served")
    os.unlink(pid)
    first = Gate(60)
    started()
    at = time.monotonic()
    gates = [Gate(60) for _ in range(3)]
    tap.equal([gate.reply() for gate in gates], [("busy", b"")] * 3, "three come meanwhile")
    tap.ok(time.monotonic() - at < 2, "... and wait at once, not one after the other")
    second = Gate(1)
    first.socket.close()
    tap.equal(second.reply(), ("none", b""), "who asks just before the first one goes is served")
    tap.ok(gone(), "... and nothing is left")
gate, helper = None, Helper("--", "sh", "-c", sleeper)
if os.path.exists(pid):
    os.unlink(pid)
gate = Gate(60)
started()
helper.process.terminate()
tap.equal(gate.reply(), None, "a helper that is ended hangs up")
tap.ok(gone(), "... and leaves no command behind")
helper.end()

with Helper("--", "printf", "%s\\n", TEXT.decode()) as helper:
    idle = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(100)]
    for one in idle:
        one.connect(PATH)
    at = time.monotonic()
    tap.equal([ask(), ask()], [("scan", TEXT)] * 2, "behind a hundred who connect and say nothing")
    tap.ok(time.monotonic() - at < 0.9, "... nobody waits for them")
    idle[-1].settimeout(3)
    tap.equal(idle[-1].recv(1), b"", "... and they are hung up on")
    for one in idle:
        one.close()
    tap.contains(helper.end(), "a connection without a request", "... which is said")

# ---- standard input

source, sink = os.pipe()
with Helper("--stdin", stdin=source) as helper:
    os.write(sink, b"of the visitor before\n")
    time.sleep(0.1)
    gate = Gate()
    time.sleep(0.5)
    os.write(sink, TEXT + b"\nlost\n")
    tap.equal(gate.reply(), ("scan", TEXT), "a line, and none that came before")
    gate = Gate()
    time.sleep(0.5)
    os.write(sink, LONG + b"\n")
    tap.equal(gate.reply(), ("scan", LONG), "... of 8,000 characters")
    tap.equal(ask(1), ("none", b""), "nothing in time")
    os.close(source)
    os.close(sink)
    tap.equal(helper.process.wait(5), 1, "where the input ends it ends")
    tap.contains(helper.end(), "standard input has ended", "... and says so")

# ---- a serial scanner

if os.geteuid() == 0:
    master, line = os.openpty()
    node = os.ttyname(line)
    before = termios.tcgetattr(line)

    def read(gate):
        """The gate, as soon as the helper reads for it, which has made the line raw."""
        for _ in range(1000):
            if termios.tcgetattr(line) != before:
                break
            time.sleep(0.01)
        time.sleep(0.05)
        return gate

    def scan(text, seconds=2):
        gate = read(Gate(seconds))
        threading.Thread(target=os.write, args=(master, text), daemon=True).start()
        return gate.reply()

    with Helper("--device", node) as helper:
        tap.equal(scan(TEXT + b"\r\n"), ("scan", TEXT), "a scan")
        tap.equal(termios.tcgetattr(line), before, "... and the line is as it was")
        tap.equal(scan(LONG + b"\r"), ("scan", LONG), "... of 8,000 characters")
        tap.equal(scan(b"x" * 8145 + b"\r"), ("scan", b"x" * 8145), "... of 8,145")
        tap.equal(scan(b"x" * 8146 + b"\r"), ("long", b""), "... of one more")
        os.write(master, b"of the visitor before\r")
        tap.equal(scan(TEXT + b"\r"), ("scan", TEXT), "what was scanned before anybody asked is lost")
        tap.equal(ask(1), ("none", b""), "nothing in time")
        gate = read(Gate(60))
        tap.equal(ask(), ("busy", b""), "a second gate")
        gate.socket.close()
        tap.equal(scan(TEXT + b"\r"), ("scan", TEXT), "... when the first one has gone")
        fcntl.flock(line, fcntl.LOCK_EX)
        tap.equal(ask(), ("busy", b""), "a line that a gate reads itself")
        fcntl.flock(line, fcntl.LOCK_UN)
        os.chmod(node, 0o666)
        tap.equal(ask(), ("fault", b""), "a line that is open to everybody")
        os.chmod(node, 0o620)
        gate = read(Gate(60))
        os.close(line)
        os.close(master)
        tap.equal(gate.reply(), ("fault", b""), "unplugged")
        tap.equal(ask(), ("absent", b""), "... and away")
        said = helper.end()
        tap.contains(said, "is open to everybody", "what is wrong is said")
        tap.lacks(said, TEXT[:12].decode(), "... and nothing that was scanned")

# ---- sockets

listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listening.bind(PATH)
refused = subprocess.run([SCAN, "--socket", PATH, "--", "true"], stderr=subprocess.PIPE, timeout=5) \
    if listening.listen() is None else None
tap.equal(refused.returncode, 1, "where somebody listens it does not")
tap.contains(refused.stderr.decode(), PATH + ": Address already in use", "... and says so")
listening.close()
with Helper("--", "echo", "x") as helper:
    time.sleep(0.2)
    tap.equal(ask(), ("scan", b"x"), "a socket that was left behind gives way")

listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listening.bind(PATH)
listening.listen()
process = subprocess.Popen(["sh", "-c", "exec 3<&%d; LISTEN_PID=$$ LISTEN_FDS=1 exec %s -- echo x" % (listening.fileno(), SCAN)],
                           pass_fds=[listening.fileno()])
tap.equal(ask(), ("scan", b"x"), "on a socket of systemd's")
process.terminate()
process.wait()
os.unlink(PATH)

# ---- what is not understood

for words, status, why in (([], 2, "usage:"), (["--device", "/dev/x", "--stdin"], 2, "usage:"),
                           (["--device", "/dev/x", "--", "true"], 2, "usage:"), (["--frobnicate"], 2, "usage:"),
                           (["--device", "ttyACM0"], 2, "--device: expected an absolute path"),
                           (["--socket", "x", "--stdin"], 2, "--socket: expected an absolute path"),
                           (["--socket", "/" + "x" * 103, "--stdin"], 2, "at most 103 bytes"),
                           (["--socket", folder.name + "/none/x", "--stdin"], 1, "No such file"),
                           (["--stdin"], 1, "expected --socket PATH, or a socket unit")):
    done = subprocess.run([SCAN] + words, capture_output=True, timeout=5)
    tap.equal((done.returncode, why in done.stderr.decode()), (status, True), "healthpass-scan " + " ".join(words)[:40])
done = subprocess.run([SCAN, "--help"], capture_output=True)
tap.equal((done.returncode, done.stderr), (0, b""), "--help")
with open(TOP + "/pam_module/healthpass-scan.8") as page:
    manual = page.read()
tap.equal(set(re.findall(r"^\.It Fl Fl ([a-z]+)", manual, re.M)),
          set(re.findall(r"^  --([a-z]+)", done.stdout.decode(), re.M)), "... the manual page has the same options")

# ---- units

units = TOP + "/pam_module/scan/systemd/"
with open(TOP + "/pam_module/scan/70-healthpass-scanner.rules") as file:
    rules = file.read()
tap.ok('SYMLINK+="healthpass-scanner"' in rules and rules.count('ENV{ID_MM_DEVICE_IGNORE}="1"') == 2,
       "the udev rule makes the link, and keeps ModemManager away")
if shutil.which("systemd-analyze"):
    copies = []
    for name in sorted(os.listdir(units)):
        with open(units + name) as file, open(folder.name + "/" + name, "w") as out:
            out.write(re.sub(r"/usr/bin/(healthpass-scan|zbarcam)", "/bin/true", file.read()))
        copies.append(folder.name + "/" + name)
    tap.equal(len(copies), 4, "the units")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no"] + copies, capture_output=True)
    tap.equal((done.returncode, [line for line in done.stderr.decode().splitlines() if "healthpass" in line]), (0, []),
              "systemd takes them, and has nothing to say about them")
    for name in copies:
        if name.endswith(".service"):
            tap.equal(subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=10", name],
                                     capture_output=True).returncode, 0, "... and finds them well locked in")

tap.done()
