#!/usr/bin/python3
"""Each option, and each way to get one wrong: SERVICE_ERR and one line that names it."""

import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material

LATER = "not supported by this build"
MATCH = "expected none, gecos or file:PATH"
TWICE = "given twice"
POLICY = "expected an absolute path"
UNIT = "with its unit"
TAG = "expected a language"
SET = "expected a folder in a folder of rules"

SOURCES = "socket, device and prompt in the order in which they are asked"
LAYOUTS = "expected us, fr, be, it, es or pt"
UNUSED = "is of no use to any of the sources"

REFUSED = [
    ("", "option match: missing", "match=none, match=gecos or match=file:PATH"),
    ("match", "option match", MATCH),
    ("match=Gecos", "option match=Gecos", MATCH),
    ("match=gecos:", "option match=gecos:", MATCH),
    ("match=file:", "option match=file:", MATCH),
    ("match=file:holders", "option match=file:holders", MATCH),
    ("match=file:/etc/a:b", "option match=file:/etc/a:b", MATCH),
    ("match=", "option match=", MATCH),
    ("match=nonesuch", "option match=nonesuch", MATCH),
    ("match=none match=none", "option match", TWICE),
    ("match=none source", "option source", SOURCES),
    ("match=none source=", "option source=", SOURCES),
    ("match=none source=Prompt", "option source=Prompt", SOURCES),
    ("match=none source=camera", "option source=camera", SOURCES),
    ("match=none source=socket,", "option source=socket,", SOURCES),
    ("match=none source=,prompt", "option source=,prompt", SOURCES),
    ("match=none source=socket,socket", "option source=socket,socket", SOURCES),
    ("match=none source=prompt,socket", "option source=prompt,socket", SOURCES),
    ("match=none source=socket,prompt,device", "option source=socket,prompt,device", SOURCES),
    ("match=none source=socket socket=scan.sock", "option socket=scan.sock", "an absolute path"),
    ("match=none source=socket socket=/" + "s" * 107, "option socket=/sss", "at most 107 bytes"),
    ("match=none source=socket socket=", "option socket=", "an absolute path"),
    ("match=none source=socket socket-user=", "option socket-user=", "a login name"),
    ("match=none source=device device=ttyACM0", "option device=ttyACM0", POLICY),
    ("match=none socket=/run/healthpass/scan.sock", "option socket: ", UNUSED),
    ("match=none source=device,prompt socket-user=root", "option socket-user: ", UNUSED),
    ("match=none source=socket,prompt device=/dev/ttyACM0", "option device: ", UNUSED),
    ("match=none source=socket,device layout=fr", "option layout: ", UNUSED),
    ("match=none layout", "option layout", LAYOUTS),
    ("match=none layout=", "option layout=", LAYOUTS),
    ("match=none layout=FR", "option layout=FR", LAYOUTS),
    ("match=none layout=de", "option layout=de", LAYOUTS),
    ("match=none layout=ch", "option layout=ch", LAYOUTS),
    ("match=none layout=se", "option layout=se", LAYOUTS),
    ("match=none alwaysok", "option alwaysok", "unknown"),
    ("match=none nullok", "option nullok", "unknown"),
    ("match=none try_first_pass", "option try_first_pass", "unknown"),
    ("match=none Quiet", "option Quiet", "unknown"),
    ("match=none trie=2", "option trie=2", "unknown"),
    ("match=none =", "option =", "unknown"),
    ("match=none policy=policy.conf", "option policy=policy.conf", POLICY),
    ("match=none policy=", "option policy=", POLICY),
    ("match=none policy", "option policy", POLICY),
    ("match=none policy=/a policy=/a", "option policy", TWICE),
    ("match=none tries=0", "option tries=0", "1 to 10"),
    ("match=none tries=11", "option tries=11", "1 to 10"),
    ("match=none tries=3x", "option tries=3x", "1 to 10"),
    ("match=none tries=-1", "option tries=-1", "1 to 10"),
    ("match=none tries=+1", "option tries=+1", "1 to 10"),
    ("match=none tries=4294967297", "option tries=4294967297", "1 to 10"),
    ("match=none tries=", "option tries=", "1 to 10"),
    ("match=none tries", "option tries", "1 to 10"),
    ("match=none timeout=45", "option timeout=45", UNIT),
    ("match=none timeout=0s", "option timeout=0s", UNIT),
    ("match=none timeout=45sec", "option timeout=45sec", UNIT),
    ("match=none timeout=25h", "option timeout=25h", UNIT),
    ("match=none timeout=s", "option timeout=s", UNIT),
    ("match=none fail-delay=61s", "option fail-delay=61s", UNIT),
    ("match=none fail-delay=2m", "option fail-delay=2m", UNIT),
    ("match=none [prompt=]", "option prompt=", "printable"),
    ("match=none [prompt=" + "x" * 160 + "]", "option prompt=xxx", "printable"),
    ("match=none [prompt=a\tb]", "option prompt=a\\x09b", "printable"),
    ("match=none rules", "option rules", SET),
    ("match=none rules=", "option rules=", SET),
    ("match=none rules=.", "option rules=.", SET),
    ("match=none rules=..", "option rules=..", SET),
    ("match=none rules=a/b", "option rules=a/b", SET),
    ("match=none rules=/a", "option rules=/a", SET),
    ("match=none rules=" + "x" * 65, "option rules=xxx", SET),
    ("match=none [rules=a\tb]", "option rules=a\\x09b", SET),
    ("match=none rules=a rules=a", "option rules", TWICE),
    ("match=none lang", "option lang", TAG),
    ("match=none lang=", "option lang=", TAG),
    ("match=none lang=-fr", "option lang=-fr", TAG),
    ("match=none lang=fr-", "option lang=fr-", TAG),
    ("match=none lang=fr--CA", "option lang=fr--CA", TAG),
    ("match=none lang=fr_CA", "option lang=fr_CA", TAG),
    ("match=none lang=419", "option lang=419", TAG),
    ("match=none lang=abcdefghi", "option lang=abcdefghi", TAG),
    ("match=none lang=aa-bbbbbbbb-cccccccc-dddddddd-eeeeee", "option lang=aa-", TAG),
    ("match=none lang=fr lang=fr", "option lang", TWICE),
    ("match=none noauth", "option noauth", "deny or record"),
    ("match=none noauth=", "option noauth=", "deny or record"),
    ("match=none noauth=allow", "option noauth=allow", "deny or record"),
    ("match=none noauth=Record", "option noauth=Record", "deny or record"),
    ("match=none noauth=deny noauth=deny", "option noauth", TWICE),
    ("match=none max-session=2", "option max-session=2", UNIT),
    ("match=none max-session=0s", "option max-session=0s", UNIT),
    ("match=none max-session=31d", "option max-session=31d", UNIT),
    ("match=none max-session=2592001s", "option max-session=2592001s", UNIT),
    ("match=none on-expiry", "option on-expiry", "warn, lock or terminate"),
    ("match=none on-expiry=kill", "option on-expiry=kill", "warn, lock or terminate"),
    ("match=none on-expiry=warn,lock", "option on-expiry=warn,lock", "warn, lock or terminate"),
    ("match=none on-expiry=lock on-expiry=lock", "option on-expiry", TWICE),
    ("match=none echo=on", "option echo=on", "no value"),
    ("match=none quiet=yes", "option quiet=yes", "no value"),
    ("match=none quiet quiet", "option quiet", TWICE),
    ("match=none debug=1", "option debug=1", "no value"),
] + [("match=none " + word, "option " + word.split("=")[0], LATER) for word in (
    "audit=syslog",)] \
  + [("match=none " + word, "option " + word, "1s to 30d, 1 to 32") for word in (
    "reuse", "reuse=", "reuse=Once", "reuse=twice", "reuse=window", "reuse=window:", "reuse=window:5",
    "reuse=window:0s", "reuse=window:31d", "reuse=window:2592001s", "reuse=window:10m:",
    "reuse=window:10m:0", "reuse=window:10m:33", "reuse=window:10m:2x", "reuse=window:10mm",
    "reuse=window:-1s", "reuse=holder:10m", "reuse=any:1")] \
  + [("match=none " + word, "option " + word, "1 to 32, 1s to 24h") for word in (
    "limit", "limit=", "limit=10", "limit=10/1m", "limit=10/1m:", "limit=10/1m:by=",
    "limit=10/1m:by=TTY", "limit=10/1m:by=tty,user", "limit=0/1m:by=tty", "limit=33/1m:by=tty",
    "limit=10/0s:by=tty", "limit=10/25h:by=tty", "limit=10/86401s:by=tty", "limit=10/1:by=tty",
    "limit=/1m:by=tty", "limit=10m:by=tty")] \
  + [("match=none reuse=any reuse=any", "option reuse", TWICE),
     ("match=none limit=1/1m:by=tty limit=1/1m:by=tty", "option limit", TWICE)]

TAKEN = [
    "match=none", "match=none source=prompt", "match=none source=socket,prompt socket=/none/scan.sock",
    "match=none source=socket,prompt socket=/" + "s" * 106 + " socket-user=root", "match=none layout=us",
    "match=none layout=pt", "match=none tries=1", "match=none tries=10",
    "match=none timeout=1s", "match=none timeout=24h", "match=none timeout=1d",
    "match=none timeout=1440m", "match=none fail-delay=0s", "match=none fail-delay=60s",
    "match=none fail-delay=1m", "match=none echo quiet debug", "match=none lang=fr",
    "match=none lang=es-419", "match=none lang=aa-bbbbbbbb-cccccccc-dddddddd-eeeee",
    "match=none [prompt=" + "x" * 159 + "]", "match=none reuse=any", "match=none reuse=once",
    "match=none reuse=holder", "match=none reuse=window:1s", "match=none reuse=window:30d",
    "match=none reuse=window:2592000s", "match=none reuse=window:720h:1",
    "match=none reuse=window:10m:32", "match=none limit=1/1s:by=tty",
    "match=none limit=32/24h:by=user", "match=none limit=10/1d:by=rhost",
    "match=none noauth=deny", "match=none noauth=record", "match=none max-session=1s",
    "match=none max-session=30d", "match=none on-expiry=warn", "match=none on-expiry=lock",
    "match=none on-expiry=terminate",
]

m = Material()
m.count_in("ledger")

for words, name, why in REFUSED:
    m.service("options", m.lines(words, policy="policy=" not in words
                                 and "policy" not in words.split()))
    with Host(m.services, "options", m.user) as host:
        code = host.authenticate(m.good)
        lines = [line for line in host.log.splitlines() if "healthpass" in line]
        tap.ok(code == "SERVICE_ERR" and host.prompts == [] and len(lines) == 1
               and name in lines[0] and why in lines[0],
               "refused by auth: " + (words[:60] or "(nothing)").replace("\t", " "))
        if tap.ok(host.account() == "SERVICE_ERR", "... and by account"):
            continue
        tap.diag("%s %r %r" % (code, host.prompts, host.log))

for words in TAKEN:
    m.service("options", m.lines(words))
    shutil.rmtree(m.path("run"), ignore_errors=True)  # each counts for itself
    with Host(m.services, "options", m.user) as host:
        tap.equal(host.authenticate(m.good), "SUCCESS", "taken: " + words[:60])

m.service("options", "auth required %s match=none tries=x fail-delay=0s\n" % m.module)
with Host(m.services, "options", m.user) as host:
    host.authenticate(m.good)
    tap.equal(host.errors, ["Passes cannot be checked at the moment. Please try again later, or ask for help."],
              "the person is told that it is not the pass")
    host.authenticate(m.good, flags=0x8000)
    tap.equal(host.errors, [], "... unless PAM_SILENT is set")
    host.account()
    tap.equal(host.errors, [], "an account phase with a bad line says nothing")

tap.done()
