"""An issuer, a trust folder, a policy, service files and passes, in a folder of the run.

Run as root, the process becomes an ordinary user first, so that what it shows holds
for screen lockers as well.  The two products come from PAM_HEALTHPASS and
HEALTHPASSCTL, or from build/.
"""

import atexit
import json
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
import time


TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))

# Nobody's name; the tests look for them where they should not be.
FAMILY, GIVEN, BIRTH = "Quentel", "Zsuzsa", "1987-06-05"
UVCI = "URN:UVCI:01:XX:QZ7T#K"


def product(variable, name):
    path = os.path.abspath(os.environ.get(variable, os.path.join(TOP, "build", name)))
    if not os.path.exists(path):
        print("Bail out! %s is missing: run make, or set %s" % (path, variable))
        sys.exit(1)
    return path


def certificate(by="T", **changes):
    """A DCC about one vaccination, as `healthpassctl issue --payload` takes it."""
    event = {"tg": "840539006", "vp": "J07BX03", "mp": "EU/1/20/1528",
             "ma": "ORG-100030215", "dn": 2, "sd": 2, "dt": "2021-05-29", "co": "XX",
             "is": by, "ci": UVCI}
    return dict({"ver": "1.3.0", "dob": BIRTH, "v": [event],
                 "nam": {"fn": FAMILY, "gn": GIVEN, "fnt": FAMILY.upper(),
                         "gnt": GIVEN.upper()}}, **changes)


def test_certificate(result):
    """260373001 is detected, 260415000 not detected (SNOMED CT)."""
    event = {"tg": "840539006", "tt": "LP6464-4", "nm": "Test", "sc": stamp(-7200),
             "tr": result, "tc": "Test", "co": "XX", "is": "Test", "ci": UVCI}
    whole = certificate(t=[event])
    del whole["v"]
    return whole


def stamp(seconds):
    """RFC 3339, so many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class Material:
    def __init__(self, folder=None, ordinary=True, helpers=()):
        module = product("PAM_HEALTHPASS", "pam_healthpass.so")
        ctl = product("HEALTHPASSCTL", "healthpassctl")
        if folder is None:
            folder = tempfile.mkdtemp(prefix="healthpass-pam-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.module = self._take(module)
        self.ctl = self._take(ctl)
        self._store = self._take(os.path.join(TOP, "t/lib/store"))
        os.chmod(folder, 0o755)
        for name in helpers:
            self._build(name)
        if ordinary and os.geteuid() == 0:
            self._become("nobody")
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.services = self._dir("services")
        self.trust = self._dir("trust")
        self.keys = self._dir("keys")
        self.service("other", "auth required pam_deny.so\naccount required pam_deny.so\n")
        self._issuers()
        self.policy = self.write("policy.conf", self.policy_text())
        self._passes()

    # ---- files ---------------------------------------------------------------

    def _take(self, path):
        """A copy that an ordinary user can read, wherever the checkout is."""
        copy = os.path.join(self.folder, os.path.basename(path))
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o755)
        return copy

    def _build(self, name):
        """A PAM module of the tests': t/pam/lib/NAME.c becomes NAME.so."""
        env = {word: value for word, value in os.environ.items() if word != "LD_PRELOAD"}
        subprocess.run(shlex.split(os.environ.get("CC", "cc"))
                       + ["-fPIC", "-fvisibility=hidden", "-shared", "-o", self.path(name + ".so"),
                          os.path.join(TOP, "t/pam/lib", name + ".c"), "-lpam"],
                       check=True, env=env)
        os.chmod(self.path(name + ".so"), 0o755)

    def _become(self, name):
        user = pwd.getpwnam(name)
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _dir(self, name):
        os.makedirs(self.path(name), mode=0o755, exist_ok=True)
        return self.path(name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def policy_text(self, trust=None, rules="minimal"):
        return 'trust = "%s";\nrules = "%s";\nidentity_key = "%s";\n' % (
            trust or self.trust, rules, self.path("identity.key"))

    def count_in(self, name):
        """The policy with a ledger: a file in a folder of its own, or as given."""
        place = name if ":" in name else "file:" + self.path("run/" + name)
        self.write("policy.conf", self.policy_text() + 'pam: { ledger = "%s"; };\n' % place)

    def store(self, name, *options, by=("issuer",)):
        """A trust store with the issuers' keys; options are those of t/lib/store."""
        path = self.path(name)
        # We may be a user who cannot reach the checkout, where PERL5LIB leads; and what is
        # preloaded into hosts of our module (a sanitizer) is not for perl.
        env = {name: value for name, value in os.environ.items()
               if name not in ("PERL5LIB", "LD_PRELOAD")}
        subprocess.run(["perl", self._store, "-o", path] + list(options)
                       + [self.path("keys/%s.pem" % issuer) for issuer in by], check=True, env=env)
        return path

    def lines(self, options="match=none", policy=True, delay=True):
        """Our auth and account line, with nothing else in the service."""
        words = [self.module, options]
        if policy and "policy=" not in options:
            words.append("policy=" + self.policy)
        if delay and "fail-delay" not in options:
            words.append("fail-delay=0s")
        line = "[success=ok default=bad] " + " ".join(words) + "\n"
        return "".join(kind + " " + line for kind in ("auth", "account", "session"))

    def service(self, name, text):
        self.write("services/" + name, text)

    # ---- issuer and passes ---------------------------------------------------

    def run(self, *words, may_fail=False):
        done = subprocess.run([self.ctl] + list(words), capture_output=True)
        if done.returncode != 0 and not may_fail:
            print("Bail out! healthpassctl %s: exit %d, %s" % (
                words[0], done.returncode, done.stderr.decode("utf-8", "replace").strip()))
            sys.exit(1)
        return done.stdout.decode()

    def _issuers(self):
        for name in ("issuer", "stranger"):
            self.run("keygen", "-o", self.keys, "--name", name, "--country", "XX")
        shutil.copy(self.path("keys/issuer.pem"), self.trust)
        self.write("identity.key", os.urandom(32), 0o600)

    def _issue(self, by, *options, may_fail=False):
        key, cert = (self.path("keys/" + by + end) for end in (".key", ".pem"))
        return self.run("issue", "--key", key, "--cert", cert, *options,
                        may_fail=may_fail).rstrip("\n")

    def issue(self, *options, by="issuer", payload=None, may_fail=False):
        file = self.write("payload.json", json.dumps(payload or certificate()))
        return self._issue(by, "--payload", file, *options, may_fail=may_fail)

    def padded(self, length, by="issuer"):
        """CBOR's longer heads leave gaps between lengths: a longer content closes them."""
        for n in range(1, 9):
            text = self.issue("--pad", str(length), by=by, may_fail=n < 8,
                              payload=certificate(by="T" * n))
            if text:
                return text

    def empty(self, length):
        """Genuine and in time, but no certificate is in it."""
        return self._issue("issuer", "--preset", "empty", "--pad", str(length))

    def _passes(self):
        self.good = self.issue()
        self.forged = self.issue(by="stranger")
        self.expired = self.issue("--iat", stamp(-7200), "--exp", stamp(-3600))
        self.unsigned = self.issue("--forge")
        self.positive = self.issue(payload=test_certificate("260373001"))


