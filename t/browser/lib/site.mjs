// The site in the browser: pages of it, and what may never happen on any of them.
import { readFileSync } from 'node:fs';
import { executablePath } from './chromium.mjs';

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream'];
const PATIENCE = 40000;

export class Site {
    elsewhere = [];
    violations = [];
    errors = [];
    posted = [];
    #context = null;
    #options = '';
    #page = null;

    // dir holds camera.y4m by the time that a page opens the camera.
    static async open(load, port, dir) {
        const site = new Site();
        site.address = `http://localhost:${port}/`;
        site.axeSource = readFileSync(load.resolve('axe-core/axe.min.js'), 'utf8');
        const root = process.getuid() === 0 ? ['--no-sandbox'] : [];
        site.browser = await load('playwright-core').chromium.launch({
            executablePath,
            args: [...FLAGS, ...root, `--use-file-for-fake-video-capture=${dir}/camera.y4m`],
        });
        return site;
    }

    // A page; the one before is closed, and its context too where this one wants others.
    async page(name, options = {}, before = null) {
        if (JSON.stringify(options) !== this.#options) {
            await this.#context?.close();
            this.#page = null;
            this.#context = await this.browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
            this.#options = JSON.stringify(options);
            this.#listen();
        }
        await this.#page?.close();
        const page = this.#page = await this.#context.newPage();
        page.setDefaultTimeout(PATIENCE);
        this.#watch(page);
        if (before) await page.addInitScript(before);
        await page.addInitScript(() => addEventListener('securitypolicyviolation', event =>
            console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`)));
        await page.goto(`${this.address}${name}.html`);
        return page;
    }

    // A page to draw on.
    async blank() {
        this.#context = await this.browser.newContext();
        return this.#context.newPage();
    }

    #listen() {
        this.#context.on('request', request => {
            if (!request.url().startsWith(this.address)) this.elsewhere.push(request.url());
            if (request.postData()) this.posted.push(request.postData());
        });
    }

    #watch(page) {
        page.on('pageerror', error => this.errors.push(error.stack));
        page.on('console', message => {
            if (/CSP|Content.Security.Policy/.test(message.text())) this.violations.push(message.text());
        });
    }

    // Asks until the page says yes.  (Playwright's own waiting needs the eval that the policy forbids.)
    async until(page, what, argument) {
        const end = Date.now() + PATIENCE;
        while (!await page.evaluate(what, argument)) {
            if (Date.now() > end) throw new Error(`in vain: ${what}`);
            await new Promise(resolve => setTimeout(resolve, 30));
        }
    }

    settled(page, state, n = 0) {
        return this.until(page, ([state, n]) =>
            new RegExp(state).test(document.querySelectorAll('.healthpass')[n].dataset.state), [state.source, n]);
    }

    // What axe-core says against the page, as one text.
    async axe(page) {
        await page.evaluate(this.axeSource);
        const found = await page.evaluate(() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
        return found.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.html).join(' ')}`).join('; ');
    }

    close() {
        return this.browser.close();
    }
}
