"""Scan helpers that behave, and those that do not: one script for each connection."""

import contextlib
import os
import re
import socket
import threading
import time

REQUEST = re.compile(rb"HPSCAN/1 ([0-9a-f]{32}) ([1-9][0-9]*)\n\Z")


class Scanner:
    """Listens at path.  Each connection is answered by the next script: bytes are the text of a
    scan, a str is a word alone, and a function gets (connection, id)."""

    def __init__(self, path, mode=0o755):
        self.requests, self.scripts = [], []
        self.path = path
        os.makedirs(os.path.dirname(path), mode=mode, exist_ok=True)
        os.chmod(os.path.dirname(path), mode)
        if os.path.exists(path):
            os.unlink(path)
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(path)
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def will(self, *scripts):
        self.scripts, self.requests = list(scripts), []
        return self

    def heard(self):
        """The first message since will(), which may still be on its way."""
        for _ in range(200):
            if self.requests:
                return self.requests[0]
            time.sleep(0.01)
        return None

    def end(self):
        """What is listened at no more refuses."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._answer(connection)

    def _answer(self, connection):
        message = connection.recv(4096)
        self.requests.append(message)
        match = REQUEST.match(message)
        if not match or not self.scripts:
            return
        script = self.scripts.pop(0)
        if callable(script):
            script(connection, match.group(1))
        elif isinstance(script, bytes):
            reply(connection, match.group(1), b"scan", script)
        else:
            reply(connection, match.group(1), script.encode())


def reply(connection, id, word, text=b""):
    connection.send(b"HPSCAN/1 %s %s\n%s" % (id, word, text))
