#!/usr/bin/python3
"""Programs that are not installed: the real greetd, LightDM and sudo from their packages, which are
fetched into a throw-away folder and laid over /usr in the namespace of the test alone."""

import glob
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pexpect
import house as houses
import tap
from house import PASSWORD
from material import BIRTH, FAMILY, GIVEN, TOP, UVCI
from scanner import Scanner

DEMO = os.path.join(TOP, "pam_module/demo")
PACKAGES = """greetd sudo lightdm liblightdm-gobject-1-0 libxklavier16 xvfb xserver-common libxfont2
    x11-xkb-utils xkb-data libxkbfile1 libfontenc1 libpixman-1-0 libgl1 libglvnd0 libglx0 libunwind8
    libx11-6 libx11-data libxau6 libxcb1 libxdmcp6 libxext6 libxi6 dbus-daemon""".split()
PROMPT = "Scan your pass: "

folder = houses.enter()


def apt(*words, where="/", seconds=60):
    try:
        return subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root"] + list(words), cwd=where,
                              capture_output=True, timeout=seconds).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def download(place):
    """What the machine knows of packages may be old, or nothing: this test then gets its own."""
    if apt("download", *PACKAGES, where=place):
        return True
    houses.empty("/var/lib/apt/lists")
    return apt("update", seconds=120) and apt("download", *PACKAGES, where=place)


def fetch():
    """What they bring, or why they are left out."""
    place = folder + "/packages"
    os.mkdir(place)
    if not download(place):
        tap.leave_out("greetd, LightDM and sudo cannot be fetched here")
    for package in glob.glob(place + "/*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder + "/root"], check=True)
    if subprocess.run(["mount", "-t", "overlay", "-o", "lowerdir=" + folder + "/root/usr:/usr",
                       "overlay", "/usr"], capture_output=True).returncode != 0:
        tap.leave_out("no folder can be laid over /usr here")
    lacking = subprocess.run("ldd /usr/sbin/greetd /usr/sbin/lightdm /usr/bin/Xvfb | grep 'not found'",
                             shell=True, capture_output=True, encoding="utf-8").stdout
    if lacking:
        tap.leave_out("this machine lacks libraries of greetd, LightDM or Xvfb: " + " ".join(lacking.split()))

fetch()
house, m = houses.build({"kiosk": None, "alice": PASSWORD, "_greetd": None, "lightdm": None})
for service in ("greetd", "greetd-greeter", "lightdm", "lightdm-greeter", "lightdm-autologin"):
    shutil.copy(folder + "/root/etc/pam.d/" + service, "/etc/pam.d/")


def read(path):
    with open(path) as file:
        return file.read()


# ---- greetd: its service includes login's

login = read("/etc/pam.d/login").replace("@include common-auth\n",
                                         "@include healthpass-kiosk\n@include common-auth\n")
house.service("login", login)
os.mkdir("/etc/greetd")
shutil.copy(DEMO + "/greetd/config.toml", "/etc/greetd/")
said = subprocess.run([m.ctl, "pam-check", "greetd"], capture_output=True, encoding="utf-8")
tap.equal((said.returncode, said.stdout.count(": note: ")), (0, 2), "pam-check greetd, with the demo's settings") \
    or tap.diag(said.stdout)

# A greeter that is a program: what it was asked, and what came of each step.
GREETER = """
import json, os, socket, struct, sys
link = socket.socket(socket.AF_UNIX)
link.connect(os.environ["GREETD_SOCK"])
told = []
def ask(**request):
    data = json.dumps(request).encode()
    link.sendall(struct.pack("=I", len(data)) + data)
    size = struct.unpack("=I", link.recv(4, socket.MSG_WAITALL))[0]
    answer = json.loads(link.recv(size, socket.MSG_WAITALL))
    told.append([answer.get(k) for k in ("type", "auth_message_type", "auth_message", "error_type")])
    return answer
with open(%(answers)r) as file:
    answers = json.load(file)
answer = ask(type="create_session", username=answers.pop(0))
while answer["type"] == "auth_message":
    secret = answer["auth_message_type"] in ("secret", "visible")
    answer = ask(type="post_auth_message_response", response=answers.pop(0) if secret else None)
if answer["type"] == "success":
    ask(type="start_session", cmd=["/bin/sh", "-c", "id >%(out)s/whose"], env=[])
else:
    ask(type="cancel_session")
with open("%(out)s/told", "w") as file:
    json.dump(told, file)
"""
out = folder + "/out"
answers = m.write("answers.json", "[]")
greeter = m.write("greeter.py", GREETER % {"answers": answers, "out": out})
config = read(DEMO + "/greetd/config.toml").replace("vt = 7", 'vt = "none"').replace(
    "agreety --cmd /usr/local/bin/kiosk", sys.executable + " " + greeter)


def greetd(*lines):
    """(what the greeter was told, whose session there was)"""
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    os.chmod(out, 0o777)
    m.write("answers.json", json.dumps(lines))
    daemon = subprocess.Popen(["greetd", "-c", m.write("greetd.toml", config)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for _ in range(80):
        if os.path.exists(out + "/told") and (os.path.exists(out + "/whose") or lines[1] != m.good
                                              and lines[1] != LONG):
            break
        time.sleep(0.1)
    time.sleep(0.2)
    daemon.terminate()
    daemon.wait()
    if not os.path.exists(out + "/told"):
        tap.diag(daemon.stderr.read().decode("utf-8", "replace"))
        return [], None
    with open(out + "/told") as file:
        told = json.load(file)
    return told, read(out + "/whose").strip() if os.path.exists(out + "/whose") else None


LONG = m.padded(4200)
for name, text in (("a good pass", m.good), ("one of 4,200 characters", LONG)):
    told, whose = greetd("kiosk", text)
    tap.equal(told[:1], [["auth_message", "secret", PROMPT, None]], "greetd: asked for a pass")
    tap.contains(whose or "", "(kiosk)", "greetd: %s opens a session" % name)
told, whose = greetd("kiosk", m.forged)
tap.equal((whose, told[-2][0]), (None, "error"), "greetd: a forged one does not")
tap.ok(any("could not be verified here" in str(step[2]) for step in told), "... and the person reads why")

# ---- LightDM under Xvfb, with a greeter of its library

LIBRARY = """
import ctypes, json
P = ctypes.c_void_p
gobject, glib, lightdm = (ctypes.CDLL("lib%%s.so.0" %% name) for name in
                          ("gobject-2.0", "glib-2.0", "lightdm-gobject-1"))
lightdm.lightdm_greeter_new.restype = glib.g_main_loop_new.restype = P
gobject.g_signal_connect_data.argtypes = [P, ctypes.c_char_p, P, P, P, ctypes.c_int]
greeter, loop, told = P(lightdm.lightdm_greeter_new()), P(glib.g_main_loop_new(None, 0)), []
with open(%(answers)r) as file:
    user, text = json.load(file)
def call(name, *words):
    return getattr(lightdm, "lightdm_greeter_" + name)(greeter, *words, ctypes.byref(P()))
def prompt(_, line, kind, data):
    told.append(["prompt", line.decode(), kind])
    call("respond", text.encode())
def message(_, line, kind, data):
    told.append(["message", line.decode(), kind])
def complete(_, data):
    good = lightdm.lightdm_greeter_get_is_authenticated(greeter)
    told.append(["complete", good])
    with open("%(out)s/told", "w") as file:
        json.dump(told, file)
    if good:
        call("start_session_sync", b"kiosk")
TEXT = ctypes.CFUNCTYPE(None, P, ctypes.c_char_p, ctypes.c_int, P)
NONE = ctypes.CFUNCTYPE(None, P, P)
for name, made in (("show-prompt", TEXT(prompt)), ("show-message", TEXT(message)),
                   ("authentication-complete", NONE(complete))):
    told.append(made)
    gobject.g_signal_connect_data(greeter, name.encode(), ctypes.cast(made, P), None, None, 0)
kept = told[:]
told.clear()
call("connect_to_daemon_sync")
call("authenticate", user.encode())
glib.g_main_loop_run(loop)
"""
X_SERVER = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in :*) display=$1 ;; -auth) shift; auth=$1 ;; esac
    shift
done
exec Xvfb "$display" -auth "$auth" -nolisten tcp >/dev/null 2>&1
"""
BUS = """<busconfig><type>system</type><listen>unix:path=/run/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/><allow user="*"/></policy></busconfig>"""
ENTRY = "[Desktop Entry]\nName=healthpass\nType=Application\nExec=%s\n"
SETTINGS = """[LightDM]
log-directory=/var/log/lightdm
run-directory=/run/lightdm
cache-directory=/run/lightdm-cache
greeters-directory=%(place)s
sessions-directory=%(place)s
greeter-user=lightdm
minimum-display-number=77
logind-check-graphical=false
[Seat:*]
xserver-command=%(place)s/xserver
greeter-session=greeter
user-session=kiosk
session-wrapper=%(place)s/session
"""


def script(path, text):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o755)


place = folder + "/lightdm"
os.mkdir(place)
for name in ("kiosk", "lightdm"):
    shutil.chown("/home/" + name, name)
script(place + "/xserver", X_SERVER)
script(place + "/session", "#!/bin/sh\nid >%s/whose\nsleep 2\n" % out)
script(place + "/greeter", "#!%s%s" % (sys.executable, LIBRARY % {"answers": answers, "out": out}))
for name in ("greeter", "kiosk"):
    script(place + "/%s.desktop" % name, ENTRY % (place + "/" + name))
script(place + "/bus.conf", BUS)
os.makedirs("/etc/lightdm/lightdm.conf.d", exist_ok=True)
script("/etc/lightdm/lightdm.conf", SETTINGS % {"place": place})
shutil.copy(DEMO + "/lightdm/50-healthpass.conf", "/etc/lightdm/lightdm.conf.d/")
text = read("/etc/pam.d/lightdm")
house.service("lightdm", text.replace("@include common-auth\n",
                                      "@include healthpass-kiosk\n@include common-auth\n"))
said = subprocess.run([m.ctl, "pam-check", "lightdm"], capture_output=True, encoding="utf-8")
tap.equal((said.returncode, said.stdout.count(": note: ")), (0, 2),
          "pam-check lightdm, with the demo's settings") or tap.diag(said.stdout)
os.makedirs("/tmp/.X11-unix", exist_ok=True)
subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp/.X11-unix"], check=True)
bus = subprocess.Popen(["dbus-daemon", "--nofork", "--config-file=" + place + "/bus.conf"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def lightdm(text, done):
    """(what the greeter was told, whose session there was)"""
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    os.chmod(out, 0o777)
    m.write("answers.json", json.dumps(["kiosk", text]))
    daemon = subprocess.Popen(["lightdm"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/run/bus"))
    for _ in range(200):
        if os.path.exists(out + "/" + done) or daemon.poll() is not None:
            break
        time.sleep(0.1)
    time.sleep(0.2)
    daemon.terminate()
    daemon.wait()
    told = json.loads(read(out + "/told")) if os.path.exists(out + "/told") else []
    return told, read(out + "/whose") if os.path.exists(out + "/whose") else ""


told, whose = lightdm(m.padded(1000), "whose")
tap.equal(told[:1], [["prompt", PROMPT, 1]], "LightDM: asked for a pass, hidden")
tap.ok(any("Pass accepted." in str(line) for line in told), "... told that it is accepted")
tap.contains(whose, "(kiosk)", "... and a pass of 1,000 characters opens a session")
told, whose = lightdm(m.forged, "told")
tap.equal((told[-1:], whose), ([["complete", 0]], ""), "LightDM: a forged one does not")
tap.ok(any("could not be verified here" in str(line) for line in told), "... and the person reads why")
bus.terminate()
bus.wait()

# ---- sudo: a password at the terminal, and a pass at a scan helper

accounts = read("/etc/passwd")
with open("/etc/passwd", "w") as file:
    file.write(accounts.replace("::/home/alice", ":%s %s:/home/alice" % (GIVEN, FAMILY)))
for name in ("sudoers", "pam.d/sudo"):
    shutil.copy(folder + "/root/etc/" + name, "/etc/" + name)
with open("/etc/sudoers", "a") as file:
    file.write("alice ALL=(ALL) ALL\nDefaults !lecture\n")
os.chmod("/etc/sudoers", 0o440)
text = read("/etc/pam.d/sudo")
line = "@include common-auth\n"
house.service("sudo", text.replace(line, line + "@include healthpass-scanner\n"))
said = subprocess.run([m.ctl, "pam-check", "sudo"], capture_output=True, encoding="utf-8")
tap.equal((said.returncode, said.stdout), (0, "sudo: 0 warnings\n"), "pam-check sudo")
scanner = Scanner("/run/healthpass/scan.sock")


def sudo(name, text, gets_in):
    scanner.will(text.encode())
    child = pexpect.spawn("setpriv", ["--reuid", "alice", "--regid", "nogroup", "--clear-groups",
                                      "sudo", "-k", "id", "-un"], timeout=20, encoding="utf-8",
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TERM": "dumb"})
    child.expect_exact("password for alice: ")
    child.sendline(PASSWORD)
    child.expect(["root\r\n", "password for alice: ", pexpect.EOF])
    tap.equal(child.match_index, 0 if gets_in else 1, "sudo: " + name)
    child.close(force=True)


sudo("a password and a pass run a command", m.good, True)
sudo("... as one that is longer than sudo's 511 characters", LONG, True)
sudo("a forged pass does not", m.forged, False)

house.log("")
everything = "".join(house.all)
for word in (PASSWORD, m.good[4:40], LONG[4:40], m.forged[4:40], FAMILY, GIVEN, BIRTH, UVCI):
    tap.lacks(everything, word, "nothing personal in the system log")

tap.done()
