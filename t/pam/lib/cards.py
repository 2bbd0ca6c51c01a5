"""SMART Health Cards, and a policy that accepts them beside HC1."""

import base64
import json
import os
import zlib

ISSUER = "https://cards.example"


class Cards:
    def __init__(self, material):
        self._m = m = material
        m.run("keygen", "-o", m.path("cards"), "--shc", ISSUER)
        m.run("trust", "import", "--from", "vci", "--unsigned", "vci", m.path("cards/issuer.shc.json"),
              "-o", m.path("cards.store"))
        self.policy = m.write("cards.conf", m.policy_text(m.path("cards.store")).replace(
            ";", ";\nformats = [ \"hc1\", \"shc\" ];", 1))

    def issue(self, *options, chunks=1):
        """The texts of its codes."""
        return self._m.run("issue", "--format", "shc", "--key", self._m.path("cards/issuer.key"),
                           "--iss", ISSUER, "--chunks", str(chunks), *options).split()

    def padded(self, least, chunks=1):
        """So many characters and a few more, in all: what is added does not deflate."""
        jws = "".join(chr(45 + int(pair)) for pair in _pairs(self.issue("--preset", "adult-full")[0][5:]))
        payload = base64.urlsafe_b64decode(jws.split(".")[1] + "==")
        bundle = json.loads(zlib.decompress(payload, -15))["vc"]["credentialSubject"]["fhirBundle"]
        bundle["entry"][0]["resource"]["text"] = "x"
        for size in range(least // 4, least, 40):
            bundle["entry"][0]["resource"]["text"] = base64.b64encode(os.urandom(size * 3 // 4)).decode()
            codes = self.issue("--payload", self._m.write("bundle.json", json.dumps(bundle)), chunks=chunks)
            if sum(map(len, codes)) >= least:
                return codes


def _pairs(digits):
    return (digits[i:i + 2] for i in range(0, len(digits), 2))
