#!/usr/bin/python3
"""The theatre's booking application, as a site would have one: it sells seats, and judges no pass.

nginx stands in front and lets a booking come here once the passes of its persons were accepted;
of a refusal it sends what may be told (nginx.conf).  Everything is in memory and gone at the end.

usage: app.py SOCKET FOLDER VENUE BANK    FOLDER holds pages/, web/ and people, VENUE and BANK are origins
"""
import hashlib, hmac, json, os, secrets, sys, threading, time
from contextlib import suppress
from datetime import date, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingUnixStreamServer
from string import Template
from urllib.parse import parse_qs, urlsplit

SOCKET, FOLDER, VENUE, BANK = sys.argv[1:5]
ROWS, SEATS, MOST = 'ABCDEF', 8, 6
PRICE, EVENINGS, HOLD = 18, 7, 600  # euros a seat, nights on sale, seconds that seats are kept
STEPS = 'Seats', 'Passes', 'Payment', 'Ticket'
FOR_THE_TROUPE = {'A4', 'A5', 'D1', 'D2'}
BANK_KEY = secrets.token_bytes(32)  # what the theatre and its payment provider share


class Sorry(Exception):
    """What the visitor has to know; with the status to say it with."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Theatre:
    """Who sits where on which evening.  A booking is held, then booked, then paid."""

    def __init__(self):
        self.lock, self.bookings = threading.Lock(), {}

    def taken(self, day):
        now = time.monotonic()
        self.bookings = {k: b for k, b in self.bookings.items() if b['state'] == 'paid' or b['ends'] > now}
        return FOR_THE_TROUPE.union(*(b['seats'] for b in self.bookings.values() if b['day'] == day))

    def hold(self, day, seats):
        with self.lock:
            if not 1 <= len(seats) <= MOST or not all(is_seat(s) for s in seats):
                raise Sorry(400, f'Please choose up to {MOST} seats.')
            if self.taken(day) & set(seats):
                raise Sorry(409, 'Somebody was faster: one of these seats is taken now.')
            key = ''.join(secrets.choice('23456789BCDFGHJKLMNPQRSTVWXZ') for _ in range(10))
            self.bookings[key] = {'id': key, 'day': day, 'seats': sorted(set(seats)), 'names': [],
                                  'state': 'held', 'ends': time.monotonic() + HOLD}
            return key

    def get(self, key, *states):
        with self.lock:
            self.taken(None)
            booking = self.bookings.get(key)
            if booking is None:
                raise Sorry(404, 'We have no such booking. Seats are kept for ten minutes until they are paid for.')
            if booking['state'] not in states:
                raise Sorry(409, 'This booking is past that step.')
            return booking


def is_seat(text):
    return len(text) == 2 and text[0] in ROWS and text[1] in '12345678'[:SEATS]


def evenings():
    return [date.today() + timedelta(days=n) for n in range(EVENINGS)]


def evening(text):
    """The evening of that name, else tonight."""
    return next((d for d in evenings() if d.isoformat() == text), evenings()[0])


def in_words(day):
    return f'{day:%A} {day.day} {day:%B}'


def price(booking):
    return len(booking['seats']) * PRICE


def receipt(booking):
    """The bank's word that this booking was paid for."""
    return hmac.new(BANK_KEY, f"{booking['id']} {price(booking)}".encode(), hashlib.sha256).hexdigest()


def fill(page_name, /, **values):
    """The page of that name; values are text, those whose name begins with html_ are HTML."""
    with open(f'{FOLDER}/pages/{page_name}.html', encoding='utf-8') as text:
        return Template(text.read()).substitute(
            {k: v if k.startswith('html_') else escape(str(v)) for k, v in values.items()})


def page(title, step, body, head=''):
    steps = ''.join(f'<li{" aria-current=step" if n == step else ""}>{n}</li>' for n in STEPS)
    steps = f'<ol class="steps" aria-label="Steps">{steps}</ol>' if step else ''
    return fill('layout', title=title, html_steps=steps, html_main=body, html_head=head)


def pass_field():
    """Style and script of the field that reads passes, with their hashes."""
    with open(f'{FOLDER}/web/healthpass.html', encoding='utf-8') as tags:
        return tags.read()


# ---- what the visitor sees, in the order of a booking ----------------------------------


def seats_page(ask):
    day = evening(ask.one('day'))
    with theatre.lock:
        taken = theatre.taken(day)
    days = ''.join(fill('day', iso=d, weekday=f'{d:%a}', number=d.day, month=f'{d:%b}',
                        html_current=' aria-current="date"' if d == day else '') for d in evenings())
    rows = ''
    for row in ROWS:
        seats = ''.join(fill('seat', row=row, number=n, html_state=' disabled' if f'{row}{n}' in taken else '')
                        for n in range(1, SEATS + 1))
        rows += fill('row', row=row, html_seats=seats)
    body = fill('seats', iso=day, day=in_words(day), price=PRICE, most=MOST, html_days=days, html_rows=rows)
    return page('Choose your seats', 'Seats', body)


def hold(ask):
    return f"/persons?booking={theatre.hold(evening(ask.one('day')), ask.all('seat'))}"


def persons_page(ask, problem=None):
    """One set of fields a person; after a refusal with what was written, but for the refused pass."""
    booking, problem = theatre.get(ask.one('booking'), 'held', 'booked', 'paid'), problem or {}
    told = ' '.join(filter(None, map(problem.get, ('detail', 'requirement'))))
    wrong = '' if problem.get('reason') == 'unavailable' else ask.headers.get('X-Failed-Index', '')
    people = ''
    for n, seat in enumerate(booking['seats'], 1):
        bad = str(n) == wrong
        people += fill('person', n=n, seat=seat, name=ask.nth('name', n), dob=ask.nth('dob', n),
                       shown='' if bad else ask.nth('pass', n), today=date.today(),
                       wrong=told if bad else '', state=' bad' if bad else '')
    body = fill('persons', action='ticket' if booking['state'] == 'paid' else 'book', booking=booking['id'], iso=booking['day'], day=in_words(booking['day']),
                count=len(booking['seats']), html_people=people,
                html_problem=alert(told, wrong, problem.get('reference')))
    return page('Who is coming?', 'Passes', body, pass_field())


def alert(text, person='', reference=''):
    if not text:
        return ''
    where = f'<a href="#person-{person}">Person {person}</a>: ' if person else ''
    call = f'If you call us, your reference is <strong>{escape(reference)}</strong>.' if reference else ''
    return (f'<div class="alert" role="alert" tabindex="-1" autofocus><p>{where}{escape(text)}</p>'
            f'<p class="small">{call}</p></div>')


def book(ask):
    """nginx has seen to it that each person's pass was accepted: names to seats, then to the bank."""
    booking = theatre.get(ask.one('booking'), 'held', 'booked')
    names = ask.all('name')
    if [ask.one('count'), ask.one('day')] != [str(len(booking['seats'])), booking['day'].isoformat()]:
        raise Sorry(400, 'These are not the seats that you chose.')
    if len(names) != len(booking['seats']) or not all(n.strip() for n in names):
        raise Sorry(400, 'Please tell us the name of each person.')
    with theatre.lock:
        booking.update(names=names, born=ask.all('dob'), state='booked', ends=time.monotonic() + HOLD)
    return f"{BANK}/pay?booking={booking['id']}"


def refused(ask):
    """Where nginx brings those it did not let in, with $healthpass_problem."""
    problem = json.loads(ask.headers.get('X-Problem', '').encode('latin-1') or '{}')
    if problem.get('reason'):
        return persons_page(ask, problem)
    told = problem.get('detail', 'One moment, please: too many tries at once.')
    return page('Not now', '', fill('message', title='Not now', html_text=alert(told, '', problem.get('reference'))))


def pay_page(ask):
    booking = theatre.get(ask.one('booking'), 'booked')
    return fill('bank', venue=VENUE, booking=booking['id'], amount=price(booking), receipt=receipt(booking))


def paid(ask):
    """The bank's page sends the visitor here, by a POST from another site: it brings no clearance.

    So this is a step between, which asks for the ticket from our own site, with the values that the
    clearance was won with.
    """
    booking = theatre.get(ask.one('booking'), 'booked', 'paid')
    if not hmac.compare_digest(receipt(booking), ask.one('receipt')):
        raise Sorry(400, 'The bank did not say that this booking was paid for.')
    with theatre.lock:
        booking['state'] = 'paid'
    people = ''.join(fill('paid_person', name=n, dob=d) for n, d in zip(booking['names'], booking['born']))
    return page('Paid', 'Payment', fill('paid', booking=booking['id'], iso=booking['day'], amount=price(booking),
                                        count=len(booking['names']), html_people=people))


def ticket_page(ask):
    """nginx has seen a clearance, or the passes again, for the persons that are named here."""
    booking = theatre.get(ask.one('booking'), 'paid')
    if ask.all('name') != booking['names'] or ask.one('day') != booking['day'].isoformat():
        raise Sorry(409, 'This booking is for others.')
    people = ''.join(fill('holder', name=name, seat=seat) for name, seat in zip(booking['names'], booking['seats']))
    body = fill('ticket', booking=booking['id'], day=in_words(booking['day']), amount=price(booking),
                html_people=people)
    return page('Your ticket', 'Ticket', body)


def people_page(ask):
    """The people that this demo has passes for, as run made them."""
    people = ''
    for line in open(f'{FOLDER}/people', encoding='utf-8'):
        key, name, dob, what = line.rstrip('\n').split('\t')
        with open(f'{FOLDER}/site/passes/{key}.txt', encoding='ascii') as text:
            people += fill('someone', key=key, name=name, dob=dob, what=what, text=text.read().rstrip('\n'))
    return page('People to try', '', fill('people', html_people=people))


def staff_page(ask):
    today = date.today()
    with theatre.lock:
        tonight = [b for b in theatre.bookings.values() if b['state'] == 'paid' and b['day'] == today]
    guests = sorted((seat, name, b['id']) for b in tonight for seat, name in zip(b['seats'], b['names']))
    rows = ''.join(fill('guest', seat=seat, name=name, booking=key) for seat, name, key in guests)
    body = fill('staff', html_guests=rows or '<tr><td colspan="3">Nobody yet.</td></tr>', day=in_words(today))
    return page('At the door', '', body, pass_field() + '<script src="/site/staff.js" defer></script>')


PAGES = {
    'GET /': seats_page, 'POST /hold': hold,
    'GET /persons': persons_page, 'POST /book': book, 'GET /refused': refused, 'POST /refused': refused,
    'GET /pay': pay_page, 'POST /paid': paid, 'POST /ticket': ticket_page,
    'GET /people': people_page, 'GET /staff/': staff_page,
}


class Ask(BaseHTTPRequestHandler):
    """One request: a page's function gives HTML, or where to go next."""

    def fields(self):
        """Only what nginx judged: of a form its body, and the booking that nginx counted a use for."""
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode('utf-8', 'replace')
        given = parse_qs(body if self.command == 'POST' else urlsplit(self.path).query, keep_blank_values=True)
        return given | {'booking': [b] for b in self.headers.get_all('X-Booking', [])}

    def all(self, name):
        return self.given.get(name, [])

    def one(self, name):
        return (self.all(name) or [''])[0]

    def nth(self, name, n):
        return (self.all(name) + [''] * n)[n - 1]

    def answer(self):
        self.given = self.fields()
        make = PAGES.get(f'{self.command} {urlsplit(self.path).path}')
        try:
            if make is None:
                raise Sorry(404, 'There is no such page.')
            self.send(200, make(self))
        except Sorry as sorry:
            body = fill('message', title='Sorry', html_text=alert(str(sorry)))
            self.send(sorry.status, page('Sorry', '', body))

    def send(self, status, said):
        to = '' if said.startswith('<') else said
        body = b'' if to else said.encode()
        self.send_response(303 if to else status)
        if to:
            self.send_header('Location', to)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Cache-Control', 'no-store')
        with suppress(BrokenPipeError):  # a visitor may hang up
            self.end_headers()
            if body:
                self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        """Who sits where is in nobody's log."""


theatre = Theatre()
os.umask(0o007)
with ThreadingUnixStreamServer(SOCKET, Ask) as server:
    server.daemon_threads = True
    server.serve_forever()
