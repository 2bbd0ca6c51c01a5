#!/usr/bin/python3
"""A publisher of lists for tests: serves the files of a folder, well and badly.

feeder.py FOLDER [CERT KEY [old|CA]]   prints its port, then serves until its input ends; with CA
                                       only to clients that have a certificate by it

  /list/FILE     with ETag and Last-Modified, and "not modified" to whom has it
  /dated/FILE    Last-Modified only             /plain/FILE    neither
  /packed/FILE   gzip                           /code/N        status N, with a page
  /away          redirect to another host       /around        to the same
  /endless       never ends                     /slow/FILE     stops after its first bytes
  /drip          a byte every now and then      /huge          17 MiB, as it says
  /hidden        17 MiB, and it does not say    /liar          17 MiB, and it says 10 bytes
  /cut/FILE      half of what it says           /bomb          17 MiB of zeros in 17 KiB
  /heads         headers without end            /same          "not modified" to all
  /cookie/FILE   with a cookie                  /nothing       hangs up

Each request is a line of JSON in FOLDER/log.
"""
import email.utils
import gzip
import hashlib
import http.server
import json
import os
import ssl
import sys
import threading
import time
import warnings

FOLDER = sys.argv[1]
MANY = 17 << 20
LOCK = threading.Lock()


def read(name):
    with open(os.path.join(FOLDER, os.path.basename(name)), 'rb') as file:
        return file.read()


class Feeder(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        with LOCK, open(os.path.join(FOLDER, 'log'), 'a', encoding='ascii') as log:
            headers = {name.lower(): value for name, value in self.headers.items()}
            log.write(json.dumps({'path': self.path, 'headers': headers}) + '\n')
        path = self.path.split('?')[0]
        kind, _, rest = path[1:].partition('/')
        try:
            getattr(self, 'get_' + kind)(rest)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        if 'Content_Length' not in headers and status != 304:
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def publish(self, name, etag):
        body = read(name)
        seconds = int(os.stat(os.path.join(FOLDER, name)).st_mtime)
        headers = {'Last_Modified': email.utils.formatdate(seconds, usegmt=True)}
        if etag:
            headers['ETag'] = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
            same = self.headers.get('If-None-Match') == headers['ETag']
        else:
            same = self.headers.get('If-Modified-Since') == headers['Last_Modified']
        if same:
            self.answer(304, b'', **headers)
        else:
            self.answer(200, body, **headers)

    def get_list(self, name):
        self.publish(name, True)

    def get_dated(self, name):
        self.publish(name, False)

    def get_plain(self, name):
        self.answer(200, read(name))

    def get_packed(self, name):
        self.answer(200, gzip.compress(read(name)), Content_Encoding='gzip')

    def get_cookie(self, name):
        self.answer(200, read(name), Set_Cookie='tracked=yes; Path=/')

    def get_code(self, status):
        self.answer(int(status), b'<html>no</html>' * 10)

    def get_away(self, _):
        self.answer(302, b'', Location='https://elsewhere.example/list?secret=1')

    def get_around(self, rest):
        self.answer(301, b'', Location='/plain/' + rest)

    def get_same(self, _):
        self.answer(304, b'')

    def get_endless(self, _):
        self.send_response(200)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        while True:
            self.wfile.write(b'10000\r\n' + b' ' * 0x10000 + b'\r\n')

    def get_slow(self, name):
        body = read(name)
        self.answer(200, body[:100], Content_Length=str(len(body)))
        time.sleep(20)

    def get_drip(self, _):
        self.answer(200, b'', Content_Length='1000')
        for _ in range(1000):
            self.wfile.write(b' ')
            self.wfile.flush()
            time.sleep(0.2)

    def get_huge(self, _):
        self.answer(200, b' ' * MANY)

    def get_hidden(self, _):
        self.close_connection = True
        self.send_response(200)
        self.send_header('Connection', 'close')
        self.end_headers()
        self.wfile.write(b' ' * MANY)

    def get_liar(self, _):
        self.answer(200, b' ' * MANY, Content_Length='10')

    def get_cut(self, name):
        body = read(name)
        self.close_connection = True
        self.answer(200, body[:len(body) // 2], Content_Length=str(len(body)))

    def get_bomb(self, _):
        self.answer(200, gzip.compress(bytes(MANY)), Content_Encoding='gzip')

    def get_heads(self, _):
        self.send_response(200)
        for number in range(100000):
            self.send_header('X-Number-%d' % number, 'x' * 1000)
        self.end_headers()

    def get_nothing(self, _):
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """That somebody hung up is what many tests are about."""


def main(handler):
    server = Server(('127.0.0.1', 0), handler)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        if len(sys.argv) > 4 and sys.argv[4] != 'old':
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(sys.argv[4])
        elif len(sys.argv) > 4: # TLS 1.1 needs what OpenSSL calls security level 0
            warnings.simplefilter('ignore', DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers('ALL:@SECLEVEL=0')
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == '__main__':
    main(Feeder)
