#!/usr/bin/python3
"""Root's evidence: a token that nobody can forge, use twice or carry elsewhere; and records of
sessions, by which a locked screen is opened again."""

import os
import re
import stat
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import house as houses
import tap
from host import Host
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, UVCI, stamp

RHOST = 4
RUN = "/run/healthpass"
EVIDENCE, SESSIONS = RUN + "/evidence", RUN + "/sessions"
TOKEN = "HEALTHPASS_EVIDENCE"

house, m = houses.build({"alice": PASSWORD, "bob": PASSWORD})
m.service("one", m.lines())
m.service("two", m.lines())
m.service("strict", m.lines("match=gecos"))
m.service("record", m.lines("match=none noauth=record"))


def names(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def clear():
    for name in names(EVIDENCE):
        os.unlink(EVIDENCE + "/" + name)


def read(folder, name):
    with open(folder + "/" + name) as file:
        return file.read()


def won(service="one", user="alice", answer=None):
    """A handle whose auth phase accepted a pass, and its token."""
    host = Host(m.services, service, user)
    tap.equal(host.authenticate(answer or m.good), "SUCCESS", "a good pass")
    return host, host.environment(TOKEN)


def phases(token, service="one", user="alice", tty="tty7"):
    """What another handle with this token is answered: account, session."""
    with Host(m.services, service, user, tty) as host:
        if token is not None:
            host.put_environment(TOKEN, token)
        answers = host.account(), host.open_session()
        tap.equal(host.environment(TOKEN), None, "... no token is left in the environment")
        host.close_session()
        return answers


# ---- what is left, and for whom

host, token = won()
tap.ok(re.fullmatch("[0-9a-f]{32}", token or ""), "a token of 128 bits")
tap.equal(names(EVIDENCE), [token], "... names a record")
for path, mode in ((RUN, 0o700), (EVIDENCE, 0o700), (EVIDENCE + "/" + token, 0o600)):
    st = os.stat(path)
    tap.equal((st.st_uid, stat.S_IMODE(st.st_mode)), (0, mode), "... %s is root's" % path[:26])
text = read(EVIDENCE, token)
for word in (FAMILY, FAMILY.upper(), GIVEN, GIVEN.upper(), BIRTH, UVCI, UVCI[9:], m.good[4:40],
             "1987", "alice"):
    tap.lacks(text, word, "... nothing personal is in it")
tap.equal(re.findall(r"^key (\w) [0-9a-f]{32}$", text, re.M), ["S", "N", "U", "C"],
          "... but what the pass would be withdrawn by")
tap.equal(phases(token, user="bob"), ("PERM_DENIED", "SESSION_ERR"), "for another user: nothing")
host, token = won()
tap.equal(phases(token, service="two"), ("PERM_DENIED", "SESSION_ERR"), "another service: nothing")
host, token = won()
tap.equal(phases(token, service="strict"), ("PERM_DENIED", "SESSION_ERR"), "a stricter line: nothing")
for name, forged in (("none", None), ("of zeros", "0" * 32), ("a path", "../sessions/x"),
                     ("too short", token[:-1]), ("too long", token + "0"),
                     ("in capitals", "ABCDEF0123456789" * 2), ("empty", "")):
    tap.equal(phases(forged), ("PERM_DENIED", "SESSION_ERR"), "a token, %s: nothing" % name)

# ---- once, by one, within a minute

host, token = won()
tap.equal(phases(token), ("SUCCESS", "SUCCESS"), "in another handle it is good for both phases")
tap.equal(phases(token), ("PERM_DENIED", "SESSION_ERR"), "... once")
tap.equal(names(EVIDENCE), [], "... the record is gone")

host, token = won()
host.account()
tap.equal(host.open_session(), "SUCCESS", "a handle of its own needs none")
tap.equal((names(EVIDENCE), host.environment(TOKEN)), ([], None), "... and it goes all the same")
tap.equal(len(names(SESSIONS)), 1, "... a record of the session is there")
host.close_session()
tap.equal(names(SESSIONS), [], "... until it closes")

host, token = won()
host.authenticate(m.forged)
tap.equal((names(EVIDENCE), host.environment(TOKEN)), ([], None),
          "a bad pass ends what a good one opened")


def in_child(function, generations=1):
    """The answer of a child, or of its child."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)  # what it says there is no test of ours
        try:
            answer = in_child(function, generations - 1) if generations > 1 else repr(function())
            os.write(writable, answer.encode())
        finally:
            os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def left_by(generations):
    """The token that a child, or a child's child, was given."""
    def auth():
        host = Host(m.services, "one", "alice")
        host.authenticate(m.good)
        return host.environment(TOKEN)
    return in_child(auth, generations).strip("'")


tap.equal(phases(left_by(1)), ("SUCCESS", "SUCCESS"), "asked in a child, as by sshd: both phases")
tap.equal(phases(left_by(2)), ("PERM_DENIED", "SESSION_ERR"), "from any other process: nothing")
host, token = won()
tap.equal(in_child(lambda: phases(token)), "('PERM_DENIED', 'SESSION_ERR')",
          "in a child of it, as a program of the user's would be: nothing")


def aged(token, seconds):
    """The same record, made so much earlier."""
    text = read(EVIDENCE, token)
    made = int(re.search(r"^made (\d+)$", text, re.M).group(1))
    with open(EVIDENCE + "/" + token, "w") as out:
        out.write(text.replace("made %d\n" % made, "made %d\n" % (made - seconds)))
    return token


tap.equal(phases(aged(won()[1], 59)), ("SUCCESS", "SUCCESS"), "after 59 seconds it is good")
tap.equal(phases(aged(won()[1], 62)), ("PERM_DENIED", "SESSION_ERR"), "after 62 it is not")
tap.equal(phases(aged(won()[1], -5)), ("PERM_DENIED", "SESSION_ERR"), "nor one of a time to come")

for name, spoil in (("cut", lambda t: t[:-5]), ("with more behind", lambda t: t + "x\n"),
                    ("of another version", lambda t: t.replace("session 1", "session 2")),
                    ("of another boot", lambda t: re.sub("boot .{8}", "boot 00000000", t))):
    token = won()[1]
    text = read(EVIDENCE, token)
    with open(EVIDENCE + "/" + token, "w") as out:
        out.write(spoil(text))
    tap.equal(phases(token), ("PERM_DENIED", "SESSION_ERR"), "a record " + name + ": nothing")
token = won()[1]
os.rename(EVIDENCE + "/" + token, EVIDENCE + "/x")
os.symlink("x", EVIDENCE + "/" + token)
tap.equal(phases(token), ("PERM_DENIED", "SESSION_ERR"), "a link to a record: nothing")
clear()
token = won()[1]
os.chmod(EVIDENCE, 0o755)
tap.equal(phases(token), ("PERM_DENIED", "SESSION_ERR"), "where others may look: nothing")
tap.equal((won()[1], len(names(EVIDENCE))), (None, 1), "... and nothing is left there")
os.chmod(EVIDENCE, 0o700)

# Of many that hold one token the record goes to whoever removes it.
clear()
token = won()[1]
answers = []
for _ in range(4):
    host = Host(m.services, "one", "alice")
    host.put_environment(TOKEN, token)
    answers.append(host.open_session())
    host.close_session()
tap.equal(answers, ["SUCCESS"] + ["SESSION_ERR"] * 3, "one token, one session")



def race():
    """How many of two processes that may have it, a child that asked and its parent, get in by
    one token at once?"""
    said, asked = os.pipe()
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        host = Host(m.services, "one", "alice")
        host.authenticate(m.good)
        os.write(asked, host.environment(TOKEN).encode())
        other = Host(m.services, "one", "alice")
        other.put_environment(TOKEN, host.environment(TOKEN))
        os.read(ready, 1)
        os._exit(other.open_session() == "SUCCESS")
    host = Host(m.services, "one", "alice")
    host.put_environment(TOKEN, os.read(said, 32).decode())
    os.write(go, b"!")
    mine = host.open_session() == "SUCCESS"
    host.close_session()
    for fd in (said, asked, ready, go):
        os.close(fd)
    return mine + os.WEXITSTATUS(os.waitpid(child, 0)[1])


tap.equal([race() for _ in range(20)], [1] * 20, "one token at two places at once: one session")
for name in names(SESSIONS):  # of the children, which did not close theirs
    os.unlink(SESSIONS + "/" + name)


def login():
    host = Host(m.services, "one", "alice")
    answers = host.authenticate(m.good), host.account(), host.open_session(), host.close_session()
    return set(answers) == {"SUCCESS"}


def at_once(function, count):
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os._exit(0 if function() else 1)
        children.append(child)
    return [os.waitpid(child, 0)[1] for child in children]


tap.equal(at_once(login, 8), [0] * 8, "eight logins at once")
tap.equal((names(EVIDENCE), names(SESSIONS)), ([], []), "... leave nothing")

# What a login that was killed between its phases left goes with the next one.
clear()
token = won()[1]
os.utime(EVIDENCE + "/" + token, (time.time() - 62,) * 2)
with open(EVIDENCE + "/left.new", "w"):
    os.utime(EVIDENCE + "/left.new", (time.time() - 62,) * 2)
host, fresh = won()
tap.equal(names(EVIDENCE), [fresh], "what is older than a minute goes with the next login")
del host

# An account line that counts takes no evidence that was not counted.
m.count_in("ledger")
m.service("counting", m.lines("match=none").split("\n")[0] + "\n"
          + "\n".join(m.lines("match=none reuse=once").split("\n")[1:]))
token = won("counting")[1]
tap.equal(phases(token, service="counting")[0], "PERM_DENIED", "uncounted evidence: nothing")

# ---- sessions


def session(service="record", user="alice", tty="tty7", answer=None, rhost=None):
    host = Host(m.services, service, user, tty)
    if rhost:
        host.set_item(RHOST, rhost)
    host.authenticate(answer or m.good)
    host.account()
    tap.equal(host.open_session(), "SUCCESS", "a session")
    return host


def unlocks(service="record", user="alice", tty="tty7", rhost=None):
    with Host(m.services, service, user, tty) as host:
        if rhost:
            host.set_item(RHOST, rhost)
        return host.account()


def open_one(**how):
    names_before = set(names(SESSIONS))
    host = session(**how)
    return host, (set(names(SESSIONS)) - names_before).pop()


tap.equal(unlocks(), "PERM_DENIED", "noauth=record without a session: nobody")
m.service("record", m.lines("match=none noauth=record max-session=1h on-expiry=lock"))
host, name = open_one(tty="/dev/tty7", answer=m.issue("--exp", stamp(7200)))
text = read(SESSIONS, name)
st = os.stat(SESSIONS + "/" + name)
tap.equal((st.st_uid, stat.S_IMODE(st.st_mode)), (0, 0o600), "its record is root's alone")
for word in (FAMILY, FAMILY.upper(), GIVEN, BIRTH, UVCI, UVCI[9:], "1987", "alice"):
    tap.lacks(text, word, "... nothing personal is in it")
said = dict(line.split(" ", 1) for line in text.splitlines()[1:] if " " in line)
tap.ok(3590 <= int(said["until"]) - time.time() <= 3600, "... it ends with max-session")
tap.equal([said[word] for word in ("uid", "service", "tty", "login", "match", "on-expiry", "policy")],
          ["61001", "record", "tty7", "", "none", "lock", m.policy], "... whose, where, by what")
tap.equal(said["leader"].split()[0], str(os.getpid()), "... and by which process")

tap.equal(unlocks(), "SUCCESS", "noauth=record: who has a session here is let in")
tap.equal(unlocks(user="bob"), "PERM_DENIED", "... another user is not")
tap.equal(unlocks(tty="tty8"), "PERM_DENIED", "... nor at another terminal")
tap.equal(unlocks(rhost="192.0.2.1"), "PERM_DENIED", "... nor from elsewhere")
tap.equal(unlocks(service="one"), "PERM_DENIED", "... nor where the line says noauth=deny")
m.service("gecos", m.lines("match=gecos noauth=record"))
tap.equal(unlocks(service="gecos"), "PERM_DENIED", "... nor by another match")
m.service("counted", m.lines("match=none noauth=record reuse=once"))
with Host(m.services, "counted", "alice") as locked:
    tap.equal(locked.account(), "PERM_DENIED", "... nor where uses are counted, which its was not")
    tap.contains(locked.log, "no session of this user that was counted with this reuse=",
                 "... the log says why")
counted = session(service="counted", tty="tty9")
tap.equal(unlocks(service="counted", tty="tty9"), "SUCCESS", "... and is by one that was")
counted.close_session()

for word, change in (("until", int(time.time())), ("leader", "%d 1" % os.getpid()),
                     ("boot", "0" * 36)):
    with open(SESSIONS + "/" + name, "w") as out:
        out.write(re.sub("(?m)^%s .*$" % word, "%s %s" % (word, change), text))
    tap.equal(unlocks(), "PERM_DENIED", "... nor when its %s is past" % word)
with open(SESSIONS + "/" + name, "w") as out:
    out.write(text)
tap.equal(unlocks(), "SUCCESS", "... and is, as it was")

deny = m.path("deny")
m.run("revoke", "add", "--deny-list", deny, "--uci", UVCI)
m.write("policy.conf", m.policy_text() + 'deny_list = "%s";\n' % deny)
with Host(m.services, "record", "alice") as locked:
    tap.equal(locked.account(), "PERM_DENIED", "a pass that was withdrawn since opens no screen")
    tap.contains(locked.log, "denied: reason=denied-here", "... the log says why")
m.write("policy.conf", "nothing\n")
tap.equal(unlocks(), "PERM_DENIED", "nor does one where nobody can tell")
m.write("policy.conf", m.policy_text())
with Host(m.services, "record", "alice") as locked:
    tap.equal((locked.account(), locked.open_session()), ("SUCCESS", "SUCCESS"),
              "a session that begins so has evidence, too")
    locked.close_session()
tap.equal(names(SESSIONS), [name], "... and its record goes with it")
host.close_session()
tap.equal(unlocks(), "PERM_DENIED", "when the session is over nobody is let in")

# No record, no session: it could not be ended later on.
os.rename(SESSIONS, RUN + "/away")
os.symlink("away", SESSIONS)
with Host(m.services, "one", "alice") as host:
    host.authenticate(m.good)
    tap.equal((host.account(), host.open_session()), ("SUCCESS", "SESSION_ERR"),
              "where no record can be written there is no session")
    tap.contains(host.log, SESSIONS, "... the log says why")

house.log()
tap.done()
