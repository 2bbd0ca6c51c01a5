// A person with a phone books two adults and a child at the demo venue: in under a minute and
// twelve taps, by photos of QR codes; what is refused is said at the person; the way over the
// payment provider's site keeps the clearance; staff see a name only after a login.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { executablePath } from './lib/chromium.mjs';

const require = createRequire(`${process.cwd()}/.deps/browser/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let tests = 0, failed = 0;
function ok(good, what, more) {
  console.log(`${good ? 'ok' : 'not ok'} ${++tests} - ${what}`);
  if (good) return;
  failed++;
  if (more !== undefined) console.log(`# ${String(more).replaceAll('\n', '\n# ')}`);
}
const is = (got, expected, what) => ok(got === expected, what, `got ${got}, expected ${expected}`);

// ---- the venue -------------------------------------------------------------------------

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

async function startVenue() {
  const port = await freePort();
  const run = spawn('ngx_module/demo/run', { env: { ...process.env, PORT: port } });
  let said = '';
  await new Promise((done, fail) => {
    const hear = (words) => { said += words; if (/appears below/.test(said)) done(); };
    run.stdout.on('data', hear);
    run.stderr.on('data', hear);
    run.on('exit', () => fail(new Error(said)));
  });
  return {
    site: `http://127.0.0.1:${port}`, bank: `http://localhost:${port}`,
    folder: said.match(/\/tmp\/healthpass-demo\.\w+/)[0], password: said.match(/password (\w+)/)[1],
    end: () => new Promise((done) => { run.removeAllListeners('exit').on('exit', done); run.kill(); }),
  };
}

// ---- the phone --------------------------------------------------------------------------

const requests = [], wrong = [];

// A page that tells of every request, script error and violation of the CSP.
async function phone(options) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true,
    locale: 'en-GB', ...options });
  await context.exposeBinding('violated', (_, what) => { wrong.push(`CSP ${what}`); });
  await context.addInitScript(() => addEventListener('securitypolicyviolation',
    (event) => window.violated(`${event.violatedDirective} ${event.blockedURI}`)));
  context.on('request', (request) => requests.push(request));
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(error.message));
  return page;
}

let taps = 0;
async function tap(where) {
  taps++;
  await where.tap();
}

// Choosing a file takes two taps on a phone: the button, and the picture.
async function choosePhoto(page, person, name) {
  const chooser = page.waitForEvent('filechooser');
  await tap(person.getByRole('button', { name: /photo/i }));
  taps++;
  await (await chooser).setFiles(`${venue.folder}/site/passes/${name}.png`);
  await person.getByText('Pass read, and valid here today').waitFor();
}

async function accessible(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  const serious = found.violations.filter((v) => ['serious', 'critical'].includes(v.impact));
  ok(serious.length === 0, `${what}: axe finds nothing serious`, serious.map((v) => `${v.id}: ${v.nodes[0].html}`).join('\n'));
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  is(Math.max(over, 0), 0, `${what}: as wide as the phone`);
}

const venue = await startVenue();
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

try {
  // ---- two adults and a child ---------------------------------------------------------------

  const page = await phone();
  const started = Date.now();
  await page.goto(venue.site);
  await accessible(page, 'seats');
  for (const seat of ['C3', 'C4', 'C5']) await tap(page.locator(`[value=${seat}]`));
  is(await page.locator('#sum').textContent(), '3 of up to 6 seats, 54 €', 'seats: the sum');
  await tap(page.getByRole('button', { name: 'Continue' }));

  const person = (n) => page.locator(`#person-${n}`);
  const people = [['Camille Martin', '1984-03-12'], ['Jules Bonnet', '1979-11-02'], ['Lou Martin', '2018-04-01']];
  await tap(page.getByLabel('Name').first());
  for (const [n, [name, born]] of people.entries()) { // from field to field by the keyboard's own key
    await person(n + 1).getByLabel('Name').fill(name);
    await person(n + 1).getByLabel('Birth date').fill(born);
  }
  ok(await person(3).getByText('no pass is needed').isVisible(), 'a child is asked for no pass');
  ok(!await person(3).locator('.pass').isVisible(), 'and shown no field for one');
  await choosePhoto(page, person(1), 'camille');
  await choosePhoto(page, person(2), 'jules');
  await accessible(page, 'persons');
  await tap(page.getByRole('button', { name: 'Check and continue' }));

  await page.waitForURL(`${venue.bank}/pay?**`);
  await accessible(page, 'payment');
  await tap(page.getByRole('button', { name: /^Pay/ }));

  await page.waitForURL(`${venue.site}/ticket?**`);
  ok(taps <= 12, `booked in ${taps} taps`);
  ok(Date.now() - started < 60000, 'and in under a minute');
  is((await page.locator('.ticket li').allTextContents()).join(), 'Camille Martin C3,Jules Bonnet C4,Lou Martin C5', 'the ticket');
  await accessible(page, 'ticket');

  const cookies = async (path) => (await requests.findLast((r) => new URL(r.url()).pathname === path).allHeaders()).cookie ?? '';
  is(await cookies('/paid'), '', 'the bank\'s POST brings no clearance');
  ok(/clearance=/.test(await cookies('/ticket')), 'the way to the ticket does');
  const stranger = await phone();
  is((await stranger.request.get(page.url())).status(), 401, 'somebody else with the same address gets no ticket');

  // ---- a refusal, at its person -----------------------------------------------------------------

  const other = await phone();
  await other.goto(venue.site);
  for (const seat of ['E3', 'E4']) await other.locator(`[value=${seat}]`).tap();
  await other.getByRole('button', { name: 'Continue' }).tap();
  const read = (name) => readFileSync(`${venue.folder}/site/passes/${name}.txt`, 'latin1').trimEnd();
  for (const n of [1, 2]) {
    await other.fill(`#name-${n}`, people[n - 1][0]);
    await other.fill(`#dob-${n}`, people[n - 1][1]);
  }
  await choosePhoto(other, other.locator('#person-1'), 'camille');
  await choosePhoto(other, other.locator('#person-2'), 'sacha');
  await other.getByRole('button', { name: 'Check and continue' }).tap();
  ok(/^Person 2: /.test(await other.locator('.alert').textContent()), 'refused: it says of whom');
  ok(await other.locator('.alert').evaluate((alert) => alert === document.activeElement), 'refused: the focus is there');
  is(await other.locator('.person.bad').getAttribute('id'), 'person-2', 'refused: the person');
  ok(await other.locator('#wrong-2').isVisible(), 'refused: it is said there too');
  is(await other.locator('#pass-1').inputValue(), read('camille'), 'refused: the other pass stays');
  is(await other.locator('#pass-2').inputValue(), '', 'refused: this one is asked for again');
  await accessible(other, 'refused');

  // ---- staff ---------------------------------------------------------------------------------------

  is((await other.request.get(`${venue.site}/staff/`)).status(), 401, 'staff: a login');
  const staff = await phone({ httpCredentials: { username: 'staff', password: venue.password } });
  await staff.goto(`${venue.site}/staff/`);
  await accessible(staff, 'staff');
  const chooser = staff.waitForEvent('filechooser');
  await staff.getByRole('button', { name: /photo/ }).tap();
  await (await chooser).setFiles(`${venue.folder}/site/passes/camille.png`);
  await staff.getByText('Pass read').first().waitFor();
  await staff.getByRole('button', { name: 'Look at it' }).tap();
  await staff.locator('#shown.yes').waitFor();
  ok(/Camille.*1984-03-12/s.test(await staff.locator('#shown').textContent()), 'staff: whose pass it is');
  await staff.goto(`${venue.site}/people`);
  await accessible(staff, 'people');

  // ---- all of it --------------------------------------------------------------------------------------

  const far = requests.map((r) => new URL(r.url())).filter((u) => ![venue.site, venue.bank].includes(u.origin) && !/^(data|blob):/.test(u.protocol));
  is(far.join(), '', 'no request leaves the site and the bank');
  is(wrong.join(), '', 'no script fails, no policy is violated');
} catch (error) {
  ok(false, 'the booking goes through', error.message);
} finally {
  await browser.close();
  await venue.end();
}
console.log(`1..${tests}`);
process.exit(failed ? 1 : 0);
