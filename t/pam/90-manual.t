#!/usr/bin/python3
"""The manual page names what the code knows, and its examples are the demo's, which are run."""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from material import TOP


def read(name):
    with open(os.path.join(TOP, name)) as file:
        return file.read()


manual = read("pam_module/pam_healthpass.8")
options = read("pam_module/options.c")
reasons = read("common/reason.h")

sections = re.findall(r"^\.Sh (.*)$", manual, re.M)
tap.equal(sections, ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "MODULE TYPES PROVIDED",
                     "RETURN VALUES", "FILES", "SECURITY", "EXAMPLES", "NOTES", "SEE ALSO"],
          "the sections")

known = re.findall(r'^    \{ "([a-z-]+)", +(?!LATER)[A-Z]+,', options, re.M)
tap.equal(re.findall(r"^\.It Cm ([a-z-]+)", manual, re.M),
          sorted(known, key=["match", "policy", "rules", "source", "socket", "socket-user",
                             "device", "layout", "prompt", "timeout",
                             "tries", "fail-delay", "reuse", "limit", "noauth", "max-session", "on-expiry",
                             "lang", "echo", "quiet", "debug"].index),
          "each option of the table has its place, and no other")
synopsis = manual[manual.index(".Sh SYNOPSIS"):manual.index(".Sh DESCRIPTION")]
tap.equal(set(re.findall(r"Cm ([a-z-]+)", synopsis)) - {"none", "gecos", "any", "holder", "deny", "record", "warn", "lock", "terminate"}, set(known),
          "... and stands in the synopsis")

codes = set(re.findall(r"\b(?:AUTHINFO_UNAVAIL|AUTH_ERR|MAXTRIES|PERM_DENIED|ACCT_EXPIRED|SUCCESS)\b",
                       reasons[reasons.index("#define HP_REASONS"):]))
sources = "".join(read("pam_module/" + name) for name in read("pam_module/files").split())
codes |= set(re.findall(r"\bPAM_(SERVICE_ERR|AUTHINFO_UNAVAIL|BUF_ERR|CONV_ERR|INCOMPLETE|"
                        r"SYSTEM_ERR|SESSION_ERR|PERM_DENIED|USER_UNKNOWN|SUCCESS)\b", sources))
described = manual[manual.index(".Sh RETURN"):manual.index("Never\n")]
tap.equal(set(re.findall(r"PAM_([A-Z_]+)", described)), codes, "the return values")
code = re.sub(r"/\*.*?\*/", "", sources, flags=re.S)
tap.equal(re.findall(r"PAM_(?:IGNORE|NEW_AUTHTOK_REQD|AUTHTOK)\b", code), [],
          "the module knows neither PAM_IGNORE nor PAM_AUTHTOK")

demo = "".join(read("pam_module/demo/pam.d/" + name)
               for name in os.listdir(os.path.join(TOP, "pam_module/demo/pam.d"))).split("\n")
examples = re.findall(r"^(?:auth|account|session) .*$", manual, re.M)
tap.equal(len(examples), 16, "the examples")
for line in examples:
    tap.ok(line in demo, "... are the demo's: " + line.split("pam_", 1)[0].strip())

lines = set(re.findall(r"received == (\d+)", read("pam_module/source_prompt.c")))
tap.ok(lines and all("{:,}".format(int(n)) in manual for n in lines),
       "the lengths at which a scan was cut")

if shutil.which("man"):
    page = os.path.join(TOP, "pam_module/pam_healthpass.8")
    shown = subprocess.run(["man", "-l", "--warnings", "-E", "ascii", page],
                           capture_output=True, env=dict(os.environ, MANWIDTH="80"))
    tap.equal((shown.returncode, shown.stderr), (0, b""), "man(1) shows it without a warning")

tap.done()
