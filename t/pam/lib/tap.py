"""A few words of TAP, so that prove reads Python tests."""

import os
import sys

_count = 0
_failed = 0


def ok(good, name):
    global _count, _failed
    _count += 1
    if not good:
        _failed += 1
    print("%sok %d - %s" % ("" if good else "not ", _count, name), flush=True)
    return bool(good)


def equal(got, expected, name):
    if not ok(got == expected, name):
        diag("got %r, expected %r" % (got, expected))
    return got == expected


def contains(text, part, name):
    if not ok(part in text, name):
        diag("%r is not in %r" % (part, text))
    return part in text


def lacks(text, part, name):
    """Does not print the text: what should not be there may be a pass."""
    return ok(part not in text, name)


def diag(text):
    for line in text.splitlines():
        print("# " + line, file=sys.stderr, flush=True)


def skip_all(why):
    print("1..0 # SKIP " + why, flush=True)
    diag("SKIPPED " + sys.argv[0] + ": " + why)
    sys.exit(0)


def skip_here(why):
    """For a run that leaves this out on purpose, while another run has it."""
    print("ok 1 # SKIP %s\n1..1" % why, flush=True)
    diag("SKIPPED " + sys.argv[0] + ": " + why)
    sys.exit(0)


def leave_out(why):
    """For a test that this machine lacks something for: in CI, where none may be missing, it fails."""
    if os.environ.get("CI") != "true":
        skip_here(why)
    ok(False, "in CI no test is left out")
    diag("Failed: " + why)
    done()


def done():
    print("1..%d" % _count, flush=True)
    sys.exit(1 if _failed else 0)
