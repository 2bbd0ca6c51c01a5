"""HC1 texts that `healthpassctl issue` will not make: with any content, or none.

Signs with an issuer's P-256 key by openssl(1); CBOR and Base45 (RFC 9285) are as
small as these texts need.
"""

import hashlib
import subprocess
import time
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(data):
    out = []
    for i in range(0, len(data) - 1, 2):
        n = data[i] * 256 + data[i + 1]
        out += [n % 45, n // 45 % 45, n // 2025]
    if len(data) % 2:
        out += [data[-1] % 45, data[-1] // 45]
    return "".join(ALPHABET[n] for n in out)


def _head(major, n):
    for size, info in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if n < 24:
            return bytes([major << 5 | n])
        if n < 1 << 8 * size:
            return bytes([major << 5 | info]) + n.to_bytes(size, "big")
    raise ValueError(n)


def cbor(value):
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        pairs = (cbor(k) + cbor(v) for k, v in value.items())
        return _head(5, len(value)) + b"".join(pairs)
    raise TypeError(value)


def _raw_signature(der):
    """r and s as 32 bytes each (RFC 9053 2.1), from the DER that openssl writes."""
    out, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        out += der[at + 2:at + 2 + size].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + size
    return out


def key_id(cert):
    """The first 8 bytes of the SHA-256 of the certificate."""
    der = subprocess.run(["openssl", "x509", "-in", cert, "-outform", "DER"],
                         check=True, capture_output=True).stdout
    return hashlib.sha256(der).digest()[:8]


def sign(claims, key, cert):
    protected = cbor({1: -7, 4: key_id(cert)})
    payload = cbor(claims)
    signed = b"\x84" + cbor("Signature1") + cbor(protected) + cbor(b"") + cbor(payload)
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key],
                         input=signed, check=True, capture_output=True).stdout
    message = b"\xd2\x84" + cbor(protected) + cbor({}) + cbor(payload) \
        + cbor(_raw_signature(der))
    return "HC1:" + base45(zlib.compress(message, 9))


def empty_pass(key, cert, length):
    """Genuine and in time, but no certificate is in it; exactly so many characters long."""
    now = int(time.time())
    noise = hashlib.sha512(b"noise, which does not deflate").hexdigest()
    for n in range(len(noise)):
        content = {"": noise[:n]} if n else {}
        text = sign({6: now - 60, 4: now + 3600, -260: {1: content}}, key, cert)
        if len(text) == length:
            return text
    raise ValueError("no empty pass has %d characters" % length)
