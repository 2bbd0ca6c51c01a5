#!/usr/bin/python3
"""VDS-NC at a login: the JSON of a QR code, typed by a scanner, longer than any other code."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material

m = Material()
m.run("keygen", "-o", m.path("seals"), "--vds-nc", "--country", "AU")
m.run("trust", "import", "--from", "csca", "--unsigned", "csca", m.path("seals/csca-issuer.pem"), "-o", m.path("csca.store"))
m.write("policy.conf", m.policy_text(trust=m.path("csca.store")) + 'formats = "vds-nc";\n')
m.service("seal", m.lines())


def seal(*options):
    return m.run("issue", "--format", "vds-nc", "--key", m.path("seals/issuer.key"), "--cert", m.path("seals/issuer.pem"),
                 "--iss", "AUS", *options).rstrip("\n")


good = seal("--preset", "adult-full")
tap.ok(len(good) > 900, "as long as real ones: %d characters" % len(good))
for name, answer in (("a pass", good), ("wrapped", "[" + good + "]\r"), ("a test", seal("--preset", "adult-test"))):
    host = Host(m.services, "seal", m.user)
    tap.equal(host.authenticate(answer), "SUCCESS", name + ": auth")
    tap.ok(re.search(r"issuer=AU kid=[0-9a-f]{16} pass=[0-9a-f]{8}$", host.log.strip()), "... whose log line names the signer")
    tap.lacks(host.log, "ALEX", "... and not the holder")
    tap.equal(host.account(), "SUCCESS", "... account")
    host.end()

for name, answer, reason in (("a forgery", seal("--preset", "adult-full", "--forge"), "signature"),
                             ("a positive test", seal("--preset", "test-positive"), "rule-failed"),
                             ("half a pass", good[:500], "envelope"),
                             ("an HC1 pass, where only these are accepted", m.good, "kind-off")):
    host = Host(m.services, "seal", m.user)
    tap.equal(host.authenticate(answer), "AUTH_ERR", name + ": refused")
    tap.contains(host.log, "reason=%s " % reason, "... as " + reason)
    host.end()

tap.done()
