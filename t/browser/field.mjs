// What a visitor does with the pass field, in headless Chromium; prints TAP.
// field.t starts it with the site's port, its folder and the folder of the node modules.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pictures } from './lib/pictures.mjs';
import { Site } from './lib/site.mjs';
import { equal, finish, has, ok, test } from './lib/tap.mjs';

const [port, dir, modules, web, webModules] = process.argv.slice(2);
const load = createRequire(`${modules}/`);
const site = await Site.open(load, port, dir);
const pass = name => readFileSync(`${dir}/${name}.txt`, 'utf8');
const paths = await pictures(load, site, dir, createRequire(`${webModules}/`)('@zxing/library'));

// Gives that file to the first field of the page and waits for an end.
async function choose(page, file, state = /read|accepted|refused|error/) {
    await page.setInputFiles('input[type=file] >> nth=0', file);
    return site.settled(page, state);
}

const value = (page, n = 0) => page.evaluate(n => document.querySelectorAll('[data-healthpass]')[n].value, n);
const focused = page => page.evaluate(() => document.activeElement.className);
const state = page => page.locator('.healthpass-state').first().textContent();
const error = page => page.locator('.healthpass-error').first().textContent();

// ---- pictures --------------------------------------------------------------------------------

for (const [file, name] of [
    ['good.png', 'good'], ['rotated.png', 'good'], ['upside.png', 'good'], ['dark.png', 'good'], ['small.png', 'good'],
    ['inverted.png', 'good'], ['photo.jpg', 'good'], ['large.jpg', 'good'], ['screenshot.png', 'good'],
    ['long.png', 'long'], ['long-photo.jpg', 'long'], ['matrix.png', 'matrix'],
    ['second-page.pdf', 'good'], ['menu.png', 'good'],
]) {
    await test(`a pass from ${file}`, async () => {
        const page = await site.page('plain');
        await choose(page, paths[file] ?? `${dir}/${file}`);
        equal(await error(page), '', 'no error');
        equal(await value(page), pass(name), 'the text, byte for byte');
        has(await focused(page), 'healthpass-state', 'the focus is on what was read');
        ok(!(await page.locator('body').innerText()).includes(pass(name).slice(0, 12)), 'its content is not shown');
    });
}

for (const [file, says] of [
    ['wrong.txt', 'This file cannot be opened'], ['broken.pdf', 'This PDF cannot be opened'],
    ['huge.png', 'too large'], ['nothing.png', 'No code was found'], ['empty.pdf', 'No code was found'],
    ['two.png', 'several passes'], ['link.png', 'not a health pass'],
]) {
    await test(`no pass from ${file}`, async () => {
        const page = await site.page('plain');
        await choose(page, paths[file]);
        has(await error(page), says, 'says why');
        has(await focused(page), 'healthpass-error', 'the focus is on the error');
        equal(await value(page), '', 'the field is empty');
        ok(await page.getByRole('button', { name: 'Choose a photo' }).isVisible(), 'another try is offered');
    });
}

await test('a long search can be stopped, and the page lives meanwhile', async () => {
    const page = await site.page('plain');
    await page.setInputFiles('input[type=file]', paths['nothing.png']);
    await site.until(page, () => document.querySelector('progress').value > 0);
    const pause = await page.evaluate(() => new Promise(resolve => {
        const start = performance.now();
        setTimeout(() => resolve(performance.now() - start), 10);
    }));
    ok(pause < 1500, `a timer of 10 ms came after ${Math.round(pause)} ms`);
    has(await page.evaluate(() => document.activeElement.textContent), 'Cancel', 'the focus is on Cancel');
    await page.keyboard.press('Enter');
    await site.settled(page, /empty/);
    has(await state(page), 'Stopped', 'says so');
});

await test('a search is stopped before the picture is open, and the same file may be chosen again', async () => {
    const page = await site.page('plain', {}, () => {
        const { createImageBitmap: open, Worker: Real } = globalThis;
        globalThis.createImageBitmap = (...what) => new Promise(go => { globalThis.openNow = () => go(open(...what)); });
        globalThis.Worker = class extends Real { constructor(...what) { super(...what); globalThis.searched = true; } };
    });
    await page.setInputFiles('input[type=file]', paths['nothing.png']);
    await site.until(page, () => globalThis.openNow !== undefined);
    await page.keyboard.press('Enter');
    await page.evaluate(() => globalThis.openNow());
    await site.settled(page, /empty/);
    ok(!await page.evaluate(() => globalThis.searched), 'no search begins');
    equal(await page.inputValue('input[type=file]'), '', 'no file stays chosen');
});

// ---- text, keyboard, form --------------------------------------------------------------------

await test('keyboard only: type the text, send the form', async () => {
    const page = await site.page('plain');
    const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
    await press('Tab', 'Tab', 'Tab', 'Enter');
    has(await page.evaluate(() => document.activeElement.id), 'pass', 'the text field is open and has the focus');
    await page.keyboard.insertText(pass('good'));
    await press('Enter');
    await site.settled(page, /read/);
    has(await focused(page), 'healthpass-state', 'the focus is on what was read');
    await press('Tab');
    has(await page.evaluate(() => document.activeElement.textContent), 'Use another pass', 'then a way back');
    await press('Tab', 'Tab', 'Enter');
    await page.waitForURL('**/book');
    has(await page.locator('body').textContent(), 'venue: POST /book', 'the venue got the booking');
});

await test('a pass is taken away again', async () => {
    const page = await site.page('plain');
    await choose(page, `${dir}/good.png`);
    await page.getByRole('button', { name: 'Use another pass' }).click();
    equal(await value(page), '', 'the field is empty');
    has(await page.evaluate(() => document.activeElement.textContent), 'camera', 'the focus is on the first way');
});

await test('a form without a pass is not sent', async () => {
    const page = await site.page('plain');
    await page.click('#send');
    has(await error(page), 'A health pass is needed', 'says so');
    has(await focused(page), 'healthpass-error', 'the focus is on the error');
    has(page.url(), 'plain', 'the page stayed');
});

await test('without a script it is a text field that books', async () => {
    const page = await site.page('plain', { javaScriptEnabled: false });
    ok(await page.locator('#pass').isVisible(), 'the field is seen');
    await page.fill('#pass', pass('good'));
    await page.click('#send');
    has(await page.locator('body').textContent(), 'venue: POST /book', 'the venue got the booking');
});

// ---- the live check --------------------------------------------------------------------------

await test('the live check accepts', async () => {
    const page = await site.page('check');
    await choose(page, `${dir}/good.png`, /accepted/);
    has(await state(page), 'valid here today', 'says so');
});

await test('the live check refuses in the words of the problem document', async () => {
    const page = await site.page('check');
    await choose(page, `${dir}/expired.png`, /refused/);
    has(await error(page), /^This pass .* Please /, 'says what to do');
    has(await focused(page), 'healthpass-error', 'the focus is on the error');
    equal(await value(page), pass('expired'), 'the form may be sent all the same');
});

await test('a typed pass is checked once', async () => {
    const page = await site.page('check');
    let asked = 0;
    await page.route('**/healthpass/check', route => { asked++; return route.continue(); });
    await page.getByRole('button', { name: 'paste' }).click();
    await page.locator('#pass').fill(pass('good'));
    await page.keyboard.press('Enter');
    await site.settled(page, /accepted/);
    await page.click('h1');
    equal(asked, 1, 'one request');
});

for (const [what, answer] of [
    ['cannot be had', route => route.abort()],
    ['is behind a login', route => route.fulfill({ status: 401, contentType: 'text/html', body: '<h1>401</h1>' })],
]) {
    await test(`where the check ${what} the form decides`, async () => {
        const page = await site.page('check');
        await page.route('**/healthpass/check', answer);
        await choose(page, `${dir}/good.png`, /read/);
        await site.until(page, () => /will be checked/.test(document.querySelector('.healthpass-state').textContent));
        equal(await value(page), pass('good'), 'the pass is kept');
    });
}

// ---- a party ---------------------------------------------------------------------------------

await test('a picture with two passes fills two fields of a party', async () => {
    const page = await site.page('party');
    await choose(page, paths['two.png']);
    const values = [await value(page, 0), await value(page, 1)];
    equal(values.sort().join(), [pass('good'), pass('child')].sort().join(), 'both passes');
    equal(await value(page, 2), '', 'the third is free');
    await page.locator('input[type=file]').nth(2).setInputFiles(`${dir}/good.png`);
    await site.settled(page, /error/, 2);
    has(await page.locator('.healthpass-error').nth(2).textContent(), 'already in the form', 'no pass twice');
});

// ---- the camera ------------------------------------------------------------------------------

await test('the camera reads a pass', async () => {
    const page = await site.page('plain', { permissions: ['camera'] });
    await page.getByRole('button', { name: 'camera' }).click();
    await site.settled(page, /read/);
    equal(await value(page), pass('good'), 'the text, byte for byte');
    equal(await page.locator('dialog').count(), 0, 'the camera is closed');
    has(await focused(page), 'healthpass-state', 'the focus is on what was read');
});

await test('the camera is not allowed', async () => {
    const page = await site.page('plain');
    await page.getByRole('button', { name: 'camera' }).click();
    await site.settled(page, /error/);
    has(await error(page), 'may not be used', 'says what to do');
    has(await focused(page), 'healthpass-error', 'the focus is on the error');
});

await test('there is no camera', async () => {
    const page = await site.page('plain', { permissions: ['camera'] }, () => {
        navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('none', 'NotFoundError'); };
    });
    await page.getByRole('button', { name: 'camera' }).click();
    await site.settled(page, /error/);
    has(await error(page), 'There is no camera', 'says so');
});

await test('the camera is closed by Escape, and the focus comes back', async () => {
    const page = await site.page('plain', { permissions: ['camera'] }, () => {
        const blank = document.createElement('canvas');
        navigator.mediaDevices.getUserMedia = async () => blank.captureStream(5);
    });
    await page.getByRole('button', { name: 'camera' }).press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    has(await page.evaluate(() => document.activeElement.textContent), 'Scan with the camera', 'on the button');
    equal(await error(page), '', 'no error');
});

await test('the reader of the browser is used where it has one', async () => {
    const page = await site.page('plain', {}, () => {
        globalThis.BarcodeDetector = class {
            static async getSupportedFormats() { return ['qr_code', 'data_matrix']; }
            async detect() { return [{ rawValue: 'HC1:NATIVE ' }]; }
        };
    });
    await choose(page, `${dir}/good.png`);
    equal(await value(page), 'HC1:NATIVE ', 'its text, blanks and all');
});

// ---- languages, accessibility, size ----------------------------------------------------------

for (const [name, camera] of [
    ['plain', 'Scan with the camera'], ['fr', 'Scanner avec'], ['de', 'Mit der Kamera'], ['es', 'Escanear con'], ['it', 'Scansiona con'],
]) {
    await test(`the language of the page: ${name}`, async () => {
        const page = await site.page(name, { locale: 'ja-JP' });
        has(await page.locator('.healthpass-first').textContent(), camera, 'its words');
    });
}

await test('a page of another language speaks that of the browser', async () => {
    const page = await site.page('other', { locale: 'fr-CA' });
    has(await page.locator('.healthpass-first').textContent(), 'Scanner avec', 'French');
});

await test('each language has all texts', async () => {
    const { texts } = await import('../../ngx_module/web/src/texts.js');
    for (const [tongue, words] of Object.entries(texts)) {
        equal(Object.keys(words).join(), Object.keys(texts.en).join(), tongue);
        ok(Object.values(words).every(Boolean), `none of ${tongue} is empty`);
    }
});

for (const scheme of ['light', 'dark']) {
    await test(`axe finds nothing, ${scheme}`, async () => {
        const page = await site.page('check', { colorScheme: scheme, permissions: ['camera'] });
        equal(await site.axe(page), '', 'at first');
        await page.getByRole('button', { name: 'paste' }).click();
        await page.locator('summary').click();
        equal(await site.axe(page), '', 'with text and help open');
        await choose(page, paths['wrong.txt'], /error/);
        equal(await site.axe(page), '', 'with an error');
        await choose(page, `${dir}/good.png`, /accepted/);
        equal(await site.axe(page), '', 'with a pass');
    });
}

await test('at 400 % nothing is cut off, and targets are large enough', async () => {
    const page = await site.page('check', { viewport: { width: 320, height: 256 } });
    equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, 'nothing beside the screen');
    for (const box of await page.locator('.healthpass-button:visible, summary').all()) {
        const { width, height } = await box.boundingBox();
        ok(width >= 24 && height >= 24, `${Math.round(width)} x ${Math.round(height)}`);
    }
});

await test('the size of what each visitor loads', async () => {
    const size = name => statSync(`${web}/${name}.gz`).size;
    ok(size('healthpass.js') + size('healthpass.css') < 12 * 1024, 'script and style: below 12 KB');
    ok(size('healthpass-decoder.js') < 40 * 1024, 'decoder: below 40 KB');
    const page = await site.page('plain');
    const names = async () => page.evaluate(() => performance.getEntriesByType('resource').map(entry => entry.name).join());
    ok(!/decoder|pdf/.test(await names()), 'decoder and PDF reader are not loaded before they are needed');
});

// ---- all along -------------------------------------------------------------------------------

await test('all along', async () => {
    equal(site.elsewhere.join(), '', 'no request left the site');
    equal(site.violations.join(), '', 'nothing went against the Content-Security-Policy');
    equal(readFileSync(`${dir}/report.log`, 'utf8'), '', 'nor was that reported');
    equal(site.errors.join(), '', 'no script failed');
    ok(site.posted.every(body => body.length < 4096), 'only texts were sent');
});

await site.close();
finish();
