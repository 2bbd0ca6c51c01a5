#!/usr/bin/python3
"""A publisher of lists of withdrawn passes for tests; feeder.py says how it is started.

  /gw/revocation-list[/ID]   the EU gateway: FOLDER/gateway.json has {"page": N, "batches": [...]},
                             and FOLDER/batch-ID the batches
  /ds/lists/...              a distribution service: FOLDER/service.json has {"etag", "lists",
                             "KID": partitions}, and FOLDER/slice-HASH the slices
  /iss/.well-known/...       an issuer: FOLDER/jwks.json, FOLDER/crl-KID.json
  and all that feeder.py serves

FOLDER/plan has what is to go wrong, a list of {"path": ..., and some of "skip": times that are
let go first; "status": N; "cut": true (half of the answer); "wait": seconds; "swap": [FROM, TO]
(FROM takes the place of TO behind this answer)}: each happens once, and is then crossed out.
"""
import gzip
import io
import json
import os
import tarfile
import time

from feeder import FOLDER, LOCK, Feeder, main


def path_of(name):
    return os.path.join(FOLDER, name)


def load(name):
    with open(path_of(name), encoding='ascii') as file:
        return json.load(file)


def planned(path):
    """What is to go wrong with this path now."""
    with LOCK:
        try:
            plan = load('plan')
        except FileNotFoundError:
            return {}
        for step in plan:
            if step['path'] == path:
                if step.get('skip', 0) > 0:
                    step['skip'] -= 1
                else:
                    plan.remove(step)
                with open(path_of('plan'), 'w', encoding='ascii') as file:
                    json.dump(plan, file)
                return {} if 'skip' in step and step in plan else step
    return {}


class Withdrawn(Feeder):
    step = {}

    def send(self, body, **headers):
        """An answer, as the plan has it; what is swapped is so before anybody asks again."""
        time.sleep(self.step.get('wait', 0))
        if 'swap' in self.step:
            os.replace(path_of(self.step['swap'][0]), path_of(self.step['swap'][1]))
        if 'status' in self.step:
            self.answer(self.step['status'], b'no')
        elif 'cut' in self.step:
            self.close_connection = True
            self.answer(200, body[:len(body) // 2], Content_Length=str(len(body)), **headers)
        else:
            self.answer(200, body, **headers)

    def send_file(self, name):
        try:
            with open(path_of(name), 'rb') as file:
                body = file.read()
        except FileNotFoundError:
            self.answer(404, b'')
            return
        self.send(body)

    def do_GET(self):
        self.step = planned(self.path)
        super().do_GET()

    # ---- the gateway

    def get_gw(self, rest):
        gateway = load('gateway.json')
        batch = rest.partition('/')[2]
        if batch:
            if any(b['batchId'] == batch and b['deleted'] for b in gateway['batches']):
                self.answer(410, b'')
            else:
                self.send_file('batch-' + batch)
            return
        since = self.headers['If-Modified-Since']
        found = [b for b in gateway['batches'] if b['date'] >= since]
        if not found:
            self.answer(204, b'')
            return
        page = gateway['page']
        self.send(json.dumps({'more': len(found) > page, 'batches': found[:page]}).encode())

    # ---- the distribution service

    def get_ds(self, rest):
        service = load('service.json')
        words = rest.split('/')
        if len(words) > 1 and self.headers['If-Match'] != service['etag']:
            self.answer(412, b'')
        elif len(words) == 1 and self.headers['If-None-Match'] == service['etag']:
            self.answer(304, b'', ETag=service['etag'])
        elif len(words) == 1:
            self.send(json.dumps(service['lists']).encode(), ETag=service['etag'])
        elif len(words) == 3:
            self.send(json.dumps(service[words[1]]).encode())
        else:
            self.send(self.slices(service[words[1]], words))

    @staticmethod
    def slices(partitions, words):
        """lists/KID/partitions/ID/chunks/C/slices[/HASH]"""
        found = [p for p in partitions if (p['id'] or 'null') == words[3]]
        hashes = [s['hash'] for s in found[0]['chunks'][words[5]].values()]
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w') as tar:
            for name in hashes:
                if len(words) == 7 or words[7] == name:
                    tar.add(path_of('slice-' + name), arcname=name)
        return gzip.compress(out.getvalue())

    # ---- an issuer

    def get_iss(self, rest):
        words = rest.split('/')
        self.send_file('jwks.json' if words[1] == 'jwks.json' else 'crl-' + words[2])

    # ---- a plain list

    def get_plain(self, name):
        self.send_file(name)


if __name__ == '__main__':
    main(Withdrawn)
