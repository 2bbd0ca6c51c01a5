"""A PAM application of our own, by ctypes, that can answer as no real one would:
with a text, with a function that makes one, or with Null, Fails, Slow or Straight.

It sees each return code and each message, needs no root, and reads its service
files from a folder of the test (pam_start_confdir).
"""

import atexit
import ctypes
import os
import sys
import syslog
import tempfile
import time

# A module with a sanitizer needs its runtime in the process first; see t/lib/sanitized.
_PRELOAD = os.environ.get("HEALTHPASS_PRELOAD")
if _PRELOAD and os.environ.get("LD_PRELOAD") != _PRELOAD:
    os.execve(sys.executable, [sys.executable] + sys.argv,
              dict(os.environ, LD_PRELOAD=_PRELOAD, LSAN_OPTIONS="print_suppressions=0,"
                   "suppressions=" + os.path.join(os.path.dirname(__file__), "leaks-not-ours")))

PROMPT_ECHO_OFF, PROMPT_ECHO_ON, ERROR_MSG, TEXT_INFO = 1, 2, 3, 4
SILENT = 0x8000
TTY = 3
USER = 2

CODES = {
    0: "SUCCESS", 3: "SERVICE_ERR", 4: "SYSTEM_ERR", 5: "BUF_ERR", 6: "PERM_DENIED",
    7: "AUTH_ERR", 9: "AUTHINFO_UNAVAIL", 10: "USER_UNKNOWN", 11: "MAXTRIES",
    12: "NEW_AUTHTOK_REQD", 13: "ACCT_EXPIRED", 14: "SESSION_ERR", 19: "CONV_ERR", 25: "IGNORE",
    26: "ABORT", 28: "MODULE_UNKNOWN", 30: "CONV_AGAIN", 31: "INCOMPLETE",
}
NUMBERS = {name: number for number, name in CODES.items()}

_pam = ctypes.CDLL("libpam.so.0")
_libc = ctypes.CDLL(None)
_libc.calloc.restype = ctypes.c_void_p
_libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
_libc.free.argtypes = [ctypes.c_void_p]


class _Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class _Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


_CONV = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(_Message)),
    ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)
_DELAY = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)


class _Conv(ctypes.Structure):
    _fields_ = [("conv", _CONV), ("data", ctypes.c_void_p)]


Null = object()  # the conversation succeeds and answers NULL, as on Ctrl-D


class Fails:
    """The conversation ends with this code, and may leave a text all the same."""

    def __init__(self, code, text=None):
        self.code, self.text = NUMBERS[code], text


class Slow:
    """The answer comes after so many seconds."""

    def __init__(self, seconds, text):
        self.seconds, self.text = seconds, text


class Straight:
    """The answer comes from a descriptor, and is never in Python's memory."""

    def __init__(self, fd, size):
        self.fd, self.size = fd, size


def _copy(text):
    """The text in memory that free() takes."""
    if isinstance(text, Straight):
        at = _libc.calloc(1, text.size + 1)
        _libc.read(text.fd, ctypes.c_void_p(at), ctypes.c_size_t(text.size))
        return at
    data = text if isinstance(text, bytes) else text.encode()
    at = _libc.calloc(1, len(data) + 1)
    ctypes.memmove(at, data, len(data))
    return at


class Host:
    """One PAM handle.  After each call: prompts, errors, infos, delay and log."""

    def __init__(self, confdir, service, user, tty="tty7"):
        self.answers, self.prompts, self.errors, self.infos = [], [], [], []
        self.delay, self.log, self.kept = None, "", []
        self._handle = ctypes.c_void_p()
        self._conv = _Conv(_CONV(self._converse), None)
        self._on_delay = _DELAY(self._delayed)
        rc = _pam.pam_start_confdir(
            service.encode(), user.encode(), ctypes.byref(self._conv),
            confdir.encode(), ctypes.byref(self._handle))
        assert rc == 0, "pam_start_confdir: %d" % rc
        atexit.register(self.end)
        self.set_item(TTY, tty)
        # PAM_FAIL_DELAY: told how long, instead of sleeping.
        _pam.pam_set_item(self._handle, 10, self._on_delay)

    def set_item(self, item, text):
        rc = _pam.pam_set_item(self._handle, item, ctypes.c_char_p(text.encode()))
        assert rc == 0

    def put_environment(self, name, value):
        rc = _pam.pam_putenv(self._handle, ("%s=%s" % (name, value)).encode())
        assert rc == 0

    def environment(self, name):
        _pam.pam_getenv.restype = ctypes.c_char_p
        value = _pam.pam_getenv(self._handle, name.encode())
        return value.decode() if value is not None else None

    def _delayed(self, rc, usec, data):
        self.delay = usec

    def _converse(self, count, messages, responses, data):
        assert count == 1
        message = messages[0].contents
        text = message.text.decode()
        responses[0] = None
        if message.style == ERROR_MSG:
            self.errors.append(text)
            return 0
        if message.style == TEXT_INFO:
            self.infos.append(text)
            return 0
        self.prompts.append((message.style, text))
        answer = self.answers.pop(0) if self.answers else Fails("CONV_ERR")
        code = 0
        if callable(answer):
            answer = answer()
        if isinstance(answer, Slow):
            time.sleep(answer.seconds)
            answer = answer.text
        if isinstance(answer, Fails):
            code, answer = answer.code, answer.text
        if code and answer is None:
            return code
        at = _libc.calloc(1, ctypes.sizeof(_Response))
        if answer is not Null:
            ctypes.cast(at, ctypes.POINTER(_Response))[0].text = _copy(answer)
        responses[0] = at
        return code

    def _call(self, name, flags, answers):
        self.answers = list(answers)
        self.prompts, self.errors, self.infos, self.delay = [], [], [], None
        with tempfile.TemporaryFile() as log:
            # libpam logs by syslog(3); LOG_PERROR lets us hear it without a daemon.
            syslog.openlog("host", syslog.LOG_PERROR, syslog.LOG_AUTH)
            stderr = os.dup(2)
            os.dup2(log.fileno(), 2)
            try:
                rc = getattr(_pam, name)(self._handle, flags)
            finally:
                os.dup2(stderr, 2)
                os.close(stderr)
            log.seek(0)
            self.log = log.read().decode("utf-8", "backslashreplace")
        return CODES.get(rc, rc)

    def authenticate(self, *answers, flags=0):
        return self._call("pam_authenticate", flags, answers)

    def account(self, flags=0, answers=()):
        return self._call("pam_acct_mgmt", flags, answers)

    def setcred(self, flags=0x2):
        return self._call("pam_setcred", flags, ())

    def open_session(self):
        return self._call("pam_open_session", 0, ())

    def close_session(self):
        return self._call("pam_close_session", 0, ())

    def item(self, item):
        text = ctypes.c_char_p()
        rc = _pam.pam_get_item(self._handle, item, ctypes.byref(text))
        return text.value if rc == 0 else None

    def end(self, status=0):
        if self._handle:
            _pam.pam_end(self._handle, status)
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.end()
