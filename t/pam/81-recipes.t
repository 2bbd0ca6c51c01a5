#!/usr/bin/python3
"""The demo's recipes, each as it is: every answer in our place lets in on success alone, and the
real agetty, login, pam-auth-update, pam_faillock and pam_userdb do what the files say."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from host import SILENT, Fails, Host
from house import PASSWORD, security_dir
from material import BIRTH, FAMILY, GIVEN, TOP, UVCI, certificate
from scanner import Scanner

DEMO = os.path.join(TOP, "pam_module/demo")
SECOND = "battery staple"
PROMPT = "Scan your pass: "
CODES = """success open_err symbol_err service_err system_err buf_err perm_denied auth_err
    cred_insufficient authinfo_unavail user_unknown maxtries new_authtok_reqd acct_expired
    session_err cred_unavail cred_expired cred_err no_module_data conv_err authtok_err
    authtok_recover_err authtok_lock_busy authtok_disable_aging try_again ignore abort
    authtok_expired module_unknown bad_item conv_again incomplete""".split()

house, m = houses.build({"kiosk": None, "alice": PASSWORD, "glass": PASSWORD})


def read(path):
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


# Alice has the name of the passes; root has a password.
accounts = read("/etc/passwd")
write("/etc/passwd", re.sub(r"^(alice:.*?:.*?:.*?):", r"\1:%s %s" % (GIVEN, FAMILY), accounts, flags=re.M))
shadow = read("/etc/shadow")
word = re.search(r"^alice:([^:]*):", shadow, re.M).group(1)
write("/etc/shadow", re.sub(r"^root:[^:]*:", lambda _: "root:" + word + ":", shadow, flags=re.M))
with open("/etc/group", "a") as file:
    file.write("healthpass-breakglass:x:62001:glass\n")
command = re.search(r"perl -MDB_File -e '(.*)' ANNA WORDS", read(DEMO + "/pam.d/healthpass-console"))
subprocess.run(["perl", "-MDB_File", "-e", "umask 077; " + command.group(1), "glass", SECOND], check=True)
login = re.sub(r"^auth +optional +pam_faildelay.*\n", "", read("/etc/pam.d/login"), flags=re.M)
COMMON = "@include common-auth\n"


def put_login(recipe, before=False):
    line = "@include " + recipe + "\n"
    house.service("login", login.replace(COMMON, line + COMMON if before else line))


def check(service, notes):
    """pam-check has nothing to warn of, and so many notes."""
    done = subprocess.run([m.ctl, "pam-check", service], capture_output=True, encoding="utf-8")
    said = done.stdout
    tap.equal((done.returncode, said.count(": warning: "), said.count(": note: ")), (0, 0, notes),
              "pam-check %s: no warning, %d notes" % (service, notes)) or tap.diag(said)


# ---- the profile of pam-auth-update, off until somebody turns it on

for place in ("/var/lib/pam", "/usr/share/pam-configs"):
    copy = house.folder + place.replace("/", "-")
    shutil.copytree(place, copy)
    subprocess.run(["mount", "--bind", copy, place], check=True)
shutil.copy(DEMO + "/pam-configs/healthpass", "/usr/share/pam-configs/")


def update(*words):
    subprocess.run(["pam-auth-update", "--force"] + list(words), check=True, capture_output=True,
                   env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))


update("--package")
tap.lacks(read("/etc/pam.d/common-auth"), "pam_healthpass", "the profile is off by default")
plain_auth, plain_account = read("/etc/pam.d/common-auth"), read("/etc/pam.d/common-account")
update("--enable", "healthpass")
tap.contains(read("/etc/pam.d/common-auth"), "pam_healthpass.so match=gecos", "... and can be turned on")
profile_auth, profile_account = read("/etc/pam.d/common-auth"), read("/etc/pam.d/common-account")

# ---- every answer in our place: only success lets in (before ours is in this process for good)

def put_module(path):
    """Beside the one that this process has in its memory."""
    place = security_dir() + "/pam_healthpass.so"
    shutil.copy(path, place + ".new")
    os.rename(place + ".new", place)


shutil.copy(security_dir() + "/pam_healthpass.so", house.folder + "/ours.so")


def with_answer(text, auth, account):
    """pam_debug reads its answers from the words behind our module."""
    text = re.sub(r"^(auth .*pam_healthpass\.so)", r"\1 auth=" + auth, text, flags=re.M)
    text = re.sub(r"^(auth\t.*pam_healthpass\.so)", r"\1 auth=" + auth, text, flags=re.M)
    return re.sub(r"^(account[ \t].*pam_healthpass\.so)", r"\1 acct=" + account, text, flags=re.M)


def matrix(recipe, user, answers, texts):
    """texts: {file: text} below /etc/pam.d, of which the service is `login`."""
    wrong = []
    for phase in ("auth", "account"):
        for code in CODES:
            for name, text in texts.items():
                house.service(name, with_answer(text, *((code, "success") if phase == "auth" else
                                                         ("success", code))))
            shutil.rmtree("/run/faillock", ignore_errors=True)
            with Host("/etc/pam.d", "login", user) as host:
                got = host.authenticate(*answers)
                if got == "SUCCESS":
                    got = host.account()
            if (got == "SUCCESS") != (code == "success"):
                wrong.append("%s %s: %s" % (phase, code, got))
    for name, text in texts.items():
        house.service(name, text)
    tap.equal(wrong, [], "%s: of 32 answers in auth and in account only success lets in" % recipe)


def demo(name):
    return {name: read(DEMO + "/pam.d/" + name)}


put_module(security_dir() + "/pam_debug.so")
house.service("common-auth", plain_auth)
house.service("common-account", plain_account)
put_login("healthpass-kiosk", before=True)
matrix("kiosk", "kiosk", [], demo("healthpass-kiosk"))
house.service("login", login.replace(COMMON, COMMON + "@include healthpass-after-password\n"))
matrix("after a password", "alice", [PASSWORD], demo("healthpass-after-password"))
put_login("healthpass-console")
matrix("console", "alice", [PASSWORD], demo("healthpass-console"))
put_login("healthpass-faillock")
matrix("pam_faillock", "alice", [PASSWORD], demo("healthpass-faillock"))
house.service("login", login.replace(COMMON, COMMON + "@include healthpass-scanner\n"))
matrix("scanner", "alice", [PASSWORD], demo("healthpass-scanner"))
put_login("healthpass-autologin")
matrix("autologin", "kiosk", [], demo("healthpass-autologin"))
house.service("login", login)
matrix("pam-auth-update", "alice", [PASSWORD],
       {"common-auth": profile_auth, "common-account": profile_account})
put_module(house.folder + "/ours.so")
house.log("")

# ---- the profile by libpam

house.service("login", login)
check("login", 2)


def in_order(user, service, answers, expected, name):
    """Who is asked for what, and who gets in, by libpam alone."""
    with Host("/etc/pam.d", service, user) as host:
        rc = host.authenticate(*answers)
        asked = [text for _, text in host.prompts]
        tap.equal((rc, asked), (expected, ["Password: ", PROMPT][:len(answers)]), name)
        if rc == "SUCCESS":
            tap.equal(host.account(), "SUCCESS", "... and the account phase agrees")


other = m.issue(payload=certificate(nam={"fn": "Smith", "gn": "John", "fnt": "SMITH", "gnt": "JOHN"}))
in_order("alice", "login", [PASSWORD, m.good], "SUCCESS", "profile: a password and her pass")
in_order("alice", "login", [PASSWORD, other], "AUTH_ERR", "profile: a password and another's pass")
in_order("alice", "login", ["wrong"], "AUTH_ERR", "profile: a wrong password is asked for no pass")
in_order("root", "login", [PASSWORD], "SUCCESS", "profile: root is asked for a password only")
house.service("cron", COMMON + "@include common-account\n")
in_order("alice", "cron", [PASSWORD], "SUCCESS", "profile: other services ask for no pass")
update("--remove", "healthpass")
tap.equal(read("/etc/pam.d/common-auth"), plain_auth, "... and turned off, which leaves nothing")

# ---- the kiosk, by the real agetty as the unit starts it

put_login("healthpass-kiosk", before=True)
check("login", 2)
once = re.search(r"^ +(sed -i .*login\.defs)$", read(DEMO + "/README.md"), re.M).group(1)
subprocess.run(["sh", "-c", once], check=True)
unit = read(DEMO + "/systemd/getty@tty1.service.d/healthpass.conf")
line = re.search(r"^ExecStart=-/sbin/(agetty .*)$", unit, re.M).group(1)


def shell(child, name, whose):
    child.setecho(False)
    child.sendline("echo; echo I am $(id -un); exit")
    found = child.expect([r"I am (\w+)\r\n", "incorrect", pexpect.EOF, pexpect.TIMEOUT])
    tap.equal((found, child.match.group(1) if found == 0 else ""), (0, whose), name)
    child.close(force=True)


def start(command):
    return pexpect.spawn("/bin/sh", ["-c", "exec " + command], timeout=20, encoding="utf-8",
                         env={"TERM": "dumb", "PATH": os.environ["PATH"], "LC_ALL": "C"})


def kiosk(text, expected):
    child = start(line.replace("%I", "-"))
    child.expect_exact(PROMPT)
    child.sendline(text)
    tap.equal(child.expect_exact([expected, pexpect.EOF, pexpect.TIMEOUT]), 0, "agetty: " + expected)
    return child


shell(kiosk(m.good, "Pass accepted."), "... a shell without a name and a password", "kiosk")
child = kiosk(m.forged, "could not be verified here")
tap.equal(child.expect_exact(["Login incorrect", "$ "]), 0, "... no shell")
tap.equal(child.expect_exact([pexpect.EOF, "login: "]), 0, "... and it ends: nobody is asked for a name")
child.close(force=True)

# ---- the console: a pass after the password, root, and the glass

put_login("healthpass-console")
check("login", 4)
house.log("")


def enter(user, *answers):
    child = start("login -p " + user)
    for n, answer in enumerate(answers):
        child.expect_exact([PROMPT if answer in (m.good, other) else "assword: "])
        child.sendline(answer)
    return child


shell(enter("alice", PASSWORD, m.good), "console: a password and her pass open a shell", "alice")
child = enter("alice", PASSWORD, other)
tap.equal(child.expect_exact(["Login incorrect", "$ "]), 0, "console: another's pass does not")
child.close(force=True)
shell(enter("root", PASSWORD), "root at the console is never gated", "root")
house.log("")
shell(enter("glass", PASSWORD, SECOND), "break-glass: two passwords open a shell", "glass")
loud = [entry for entry in house.log("BREAK-GLASS") if entry.startswith("<81>")]
tap.equal(len(loud), 1, "... and the log is loud: authpriv.alert")
tap.contains("".join(loud), "glass gets in at", "... it says who")
for first, second in ((PASSWORD, PASSWORD), ("wrong", None)):
    child = enter("glass", *[text for text in (first, second) if text])
    tap.equal(child.expect_exact(["Login incorrect", "$ "]), 0, "break-glass: not without the right ones")
    child.close(force=True)
tap.equal(house.log("BREAK-GLASS"), [], "... and no line claims it")
os.rename("/dev/log", "/dev/away")
child = enter("glass", PASSWORD, SECOND)
tap.equal(child.expect_exact(["Login incorrect", "$ "]), 0, "break-glass: not where there is no log")
child.close(force=True)
os.rename("/dev/away", "/dev/log")

# ---- by a scan helper: sudo, GDM, and logins at which no prompt is possible

house.service("sudo", COMMON + "@include healthpass-scanner\n@include common-account\n")
house.service("lightdm-autologin", "auth requisite pam_nologin.so\n@include healthpass-autologin\n"
              "@include common-account\n")
check("sudo", 0)
check("lightdm-autologin", 0)
scanner = Scanner("/run/healthpass/scan.sock")
for service, user, answers in (("sudo", "alice", [PASSWORD]), ("lightdm-autologin", "kiosk", [])):
    for name, text, expected in (("a good pass", m.good, "SUCCESS"), ("a forged one", m.forged, "AUTH_ERR")):
        scanner.will(text.encode())
        with Host("/etc/pam.d", service, user) as host:
            got = host.authenticate(*answers, flags=SILENT if service == "sudo" else 0)
            tap.equal((got, len(host.prompts)), (expected, len(answers)),
                      "%s: %s by the scanner: %s, no prompt of ours" % (service, name, expected))
            if got == "SUCCESS":
                tap.equal(host.account(), "SUCCESS", "... and the account phase agrees")
scanner.will("none")
with Host("/etc/pam.d", "lightdm-autologin", "kiosk") as host:
    tap.ok(host.authenticate() != "SUCCESS", "lightdm-autologin: nobody at the scanner, nobody in")
    tap.equal(host.account(), "PERM_DENIED", "... nor by the account phase alone")

# ---- a locked screen: by the password alone while the session's pass holds

house.service("unlock", COMMON + "@include healthpass-unlock\n@include common-account\n")
check("unlock", 0)
put_login("healthpass-kiosk", before=True)


def unlock(tty):
    with Host("/etc/pam.d", "unlock", "kiosk", tty=tty) as host:
        return host.account()


tap.equal(unlock("tty7"), "PERM_DENIED", "unlock: nobody without a session")
with Host("/etc/pam.d", "login", "kiosk", tty="tty7") as host:
    tap.equal((host.authenticate(m.good), host.account(), host.open_session()), ("SUCCESS",) * 3,
              "a session of the kiosk")
    tap.equal((unlock("tty7"), unlock("tty8")), ("SUCCESS", "PERM_DENIED"),
              "unlock: the session's own terminal opens, another does not")
    host.close_session()
tap.equal(unlock("tty7"), "PERM_DENIED", "... nor after the session")

# ---- sshd by the demo's settings: a key alone is none

house.service("sshd", read("/etc/pam.d/sshd").replace(
    COMMON, COMMON + "@include healthpass-after-password\n"))
for name in ("host", "key"):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", m.path(name)], check=True)
write("/etc/healthpass/alice.keys", read(m.path("key.pub")))
os.makedirs("/etc/ssh/sshd_config.d", exist_ok=True)
shutil.copy(DEMO + "/ssh/healthpass.conf", "/etc/ssh/sshd_config.d/")
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
write("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nListenAddress 127.0.0.1\n"
      "Port %d\nHostKey %s\nPidFile none\nAuthorizedKeysFile /etc/healthpass/%%u.keys\n"
      % (port, m.path("host")))
check("sshd", 0)
daemon = subprocess.Popen(["/usr/sbin/sshd", "-D"])
SSH = ("ssh -F none -p %d -i %s -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR "
       "-o UserKnownHostsFile=/dev/null -o PreferredAuthentications=%%s alice@127.0.0.1 "
       "'echo I am $(id -un)'" % (port, m.path("key")))
try:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    child = start(SSH % "publickey,keyboard-interactive")
    child.expect_exact("Password: ")
    child.sendline(PASSWORD)
    child.expect_exact("Scan your pass, then press Enter: ")
    child.sendline(m.good)
    child.expect(pexpect.EOF)
    tap.contains(child.before, "I am alice", "sshd: a key, a password and a pass")
    child = start(SSH % "publickey")
    child.expect(pexpect.EOF)
    tap.lacks(child.before, "I am alice", "sshd: a key alone is not enough")
finally:
    daemon.terminate()
    daemon.wait()

# ---- pam_faillock: bad passes lock, faults do not

put_login("healthpass-faillock")
check("login", 0)


def by_libpam(*answers):
    with Host("/etc/pam.d", "login", "alice") as host:
        return host.authenticate(*answers), len(host.prompts)


with Host("/etc/pam.d", "login", "root") as host:
    tap.equal((host.authenticate(m.good), len(host.prompts)), ("AUTH_ERR", 1), "faillock: root is asked, too, as the file says")
os.rename("/etc/healthpass/trust.d/issuer.pem", "/etc/healthpass/away")
for _ in range(6):
    tap.equal(by_libpam()[0], "AUTHINFO_UNAVAIL", "faillock: we cannot tell")
os.rename("/etc/healthpass/away", "/etc/healthpass/trust.d/issuer.pem")
tap.equal(by_libpam(m.good, PASSWORD), ("SUCCESS", 2), "... and that locks nobody out")
for _ in range(5):
    tap.equal(by_libpam(m.forged)[0], "AUTH_ERR", "faillock: a bad pass")
tap.equal(by_libpam(Fails("CONV_ERR"))[1], 0, "after five bad ones nobody is asked")
subprocess.run(["faillock", "--user", "alice", "--reset"], check=True, capture_output=True)
tap.equal(by_libpam(m.good, PASSWORD), ("SUCCESS", 2), "... until they are forgotten")

# ---- the README's stick for a kiosk without a network

readme = read(DEMO + "/README.md")
tap.equal([name for name in os.listdir(DEMO + "/pam.d") if "`pam.d/%s`" % name not in readme], [], "the README has each recipe")
steps = re.search(r"^## A kiosk without a network\n\n.*\n\n((?:    .*\n)+)", readme, re.M).group(1)
stick, lists = m.path("stick"), m.path("lists")
os.mkdir(stick)
os.mkdir(lists)
shutil.move(m.store("made.store"), lists + "/trust.store")
export, *arrives = steps.replace("/media/stick", stick).replace("/var/lib/healthpass", lists).split("\n    ")
env = dict(os.environ, PATH=m.folder + ":" + os.environ["PATH"])
number = subprocess.run(["sh", "-ec", export], env=env, check=True, capture_output=True).stdout
os.unlink(lists + "/trust.store")
done = subprocess.run(["sh", "-ec", "\n".join(arrives)], env=env, capture_output=True)
tap.equal((done.returncode, done.stdout.split()[0]), (0, number.split()[0]), "a stick: the number is the same") or tap.diag(done.stderr.decode())
house.service("stick", m.lines("match=none policy=" + m.write(
    "stick.conf", m.policy_text(trust=lists + "/trust.store"))))
with Host("/etc/pam.d", "stick", "kiosk") as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "... and its keys judge") or tap.diag(host.log)

house.log("")
everything = "".join(house.all)
for word in (m.good[4:40], other[4:40], m.forged[4:40], FAMILY, GIVEN, BIRTH, UVCI, PASSWORD, SECOND):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
