#!/usr/bin/python3
"""After a decision nothing of the pass is left in the memory of the process.

A child answers with a pass that goes from a pipe straight into the answer, so that
only the module can leave a trace; then its memory is searched from outside.
"""

import os
import subprocess
import sys

LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib")
sys.path.insert(0, LIB)

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from host import Host, Straight
with Host(sys.argv[2], "one", sys.argv[3]) as host:
    print(host.authenticate(Straight(0, int(sys.argv[4]))), flush=True)
    %s
    sys.stdin.buffer.raw.read(1)
"""


def memory(pid):
    """All that the process can read of itself."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            first, last = (int(n, 16) for n in line.split()[0].split("-"))
            if "r" in line.split()[1] and "[v" not in line:
                mem.seek(first)
                yield mem.read(last - first)


def judge(m, text, then=""):
    """(code, memory) of a child that was shown the text."""
    child = subprocess.Popen([sys.executable, "-c", CHILD % then, m.folder, m.services, m.user,
                              str(len(text))], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(text.encode())
    child.stdin.flush()
    code = child.stdout.readline().decode().strip()
    everything = b"\0".join(memory(child.pid))
    child.stdin.close()
    child.wait()
    return code, everything


def main():
    import tap
    from material import FAMILY, GIVEN, UVCI, Material

    if "HEALTHPASS_PRELOAD" in os.environ:
        tap.skip_here("a sanitizer's shadow is too large to search; make test runs this")
    with open(os.path.join(LIB, "host.py")) as file:
        host = file.read()
    m = Material()
    m.service("one", m.lines())
    m.write("host.py", host)  # where an ordinary user can read it

    def left(everything, text):
        pieces = [text[i:i + 12] for i in range(4, len(text) - 12, 12)]
        pieces += [FAMILY, GIVEN, FAMILY.upper(), GIVEN.upper(), UVCI]
        return [i for i, piece in enumerate(pieces) if piece.encode() in everything]

    # The search finds what is there.
    code, everything = judge(m, m.good, then="kept = b'%s'" % m.good)
    tap.ok(len(left(everything, m.good)) > 10, "a pass that stays is found")

    for name, text, expected in (
            ("a good pass", m.good, "SUCCESS"), ("a forged one", m.forged, "AUTH_ERR"),
            ("one without signature", m.unsigned, "AUTH_ERR"),
            ("an expired one", m.expired, "AUTH_ERR"),
            ("a cut one", m.good[:-30], "AUTH_ERR"),
            ("a long one", m.padded(4095), "SUCCESS"),
            ("what may be a password", "correct horse battery staple", "AUTH_ERR")):
        code, everything = judge(m, text)
        tap.equal(code, expected, name)
        tap.equal(left(everything, text), [], "... leaves nothing behind")
    tap.done()


main()
