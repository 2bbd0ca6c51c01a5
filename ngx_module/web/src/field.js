// field: turns each <input data-healthpass> into ways to give a pass: camera, file, text.
//
// Without this script the input stays what it is, a place to paste the text.  The input itself
// keeps the pass, byte for byte (blanks of Base45 are data), and the page never shows it again.
//   data-healthpass-check=URL   asks that healthpass_check location once a pass was read
//   data-healthpass-check-name  the form field that it reads: pass
//   data-healthpass-list=NAME   fields of one party: a file with several passes fills several
//   data-healthpass-help=TEXT   what somebody without camera or phone can do
// The input dispatches "healthpass" with detail.state: read, accepted, refused, error or empty.
import { readCamera } from './camera.js';
import { check } from './check.js';
import { choose } from './kinds.js';
import { idOf, make } from './page.js';
import { Reader, Unreadable, readFile } from './picture.js';
import { language, speaker } from './texts.js';

const tongue = language();
const text = speaker(tongue);
const fields = [];

class Field {
    #work = null;

    constructor(input) {
        this.input = input;
        this.required = input.required;
        input.required = false;
        this.#build();
        fields.push(this);
        input.form?.addEventListener('submit', event => this.#beforeSending(event));
        input.form?.addEventListener('reset', () => setTimeout(() => this.#show('empty')));
        this.#show(input.value ? 'read' : 'empty', input.value && text('read'));
    }

    // ---- what it looks like ------------------------------------------------------------------

    #build() {
        const input = this.input;
        const label = input.labels[0] ?? make('span', { class: 'healthpass-label' }, text('label'));
        this.root = make('div', { class: 'healthpass', role: 'group', 'aria-labelledby': idOf(label), lang: tongue });
        (label.contains(input) ? label : input).after(this.root);
        if (!label.isConnected) this.root.append(label);
        this.#buildWays();
        this.#buildText();
        this.#buildState();
        this.root.append(this.ways, this.panel, this.busy, this.state, this.again, this.error, this.#help());
        this.root.addEventListener('paste', event => this.#pasted(event));
        this.root.addEventListener('dragover', event => event.preventDefault());
        this.root.addEventListener('drop', event => this.#dropped(event));
    }

    #button(name, act, style = '') {
        const button = make('button', { type: 'button', class: `healthpass-button ${style}` }, text(name));
        button.onclick = act;
        return button;
    }

    #buildWays() {
        this.camera = this.#button('camera', () => this.#useCamera(), 'healthpass-first');
        this.camera.hidden = !navigator.mediaDevices?.getUserMedia;
        this.chooser = make('input', { type: 'file', accept: 'image/*,application/pdf,.pdf', hidden: '' });
        this.chooser.multiple = this.#list().length > 1;
        this.chooser.onchange = () => {
            const files = [...this.chooser.files];
            this.chooser.value = ''; // choosing the same file once more is a change too
            this.#useFiles(files);
        };
        this.file = this.#button('file', () => this.chooser.click());
        this.paste = this.#button('paste', () => this.#openText(), 'healthpass-quiet');
        this.paste.setAttribute('aria-expanded', 'false');
        const hint = make('p', { class: 'healthpass-hint' }, text('private'));
        this.root.setAttribute('aria-describedby', idOf(hint));
        this.ways = make('div', { class: 'healthpass-ways' }, this.camera, this.file, this.paste, this.chooser, hint);
    }

    #buildText() {
        const { input } = this;
        const quiet = { autocomplete: 'off', autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false' };
        for (const [key, value] of Object.entries(quiet)) input.setAttribute(key, value);
        const label = make('label', { for: idOf(input) }, text('pasteLabel'));
        this.panel = make('div', { class: 'healthpass-text', hidden: '' }, label, input);
        this.paste.setAttribute('aria-controls', idOf(this.panel));
        input.addEventListener('change', () => this.#typed());
        input.addEventListener('keydown', event => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            this.#typed();
        });
    }

    #buildState() {
        this.progress = make('progress', { max: '1', value: '0', 'aria-label': text('searching') });
        this.cancel = this.#button('cancel', () => this.#work?.abort());
        this.busy = make('div', { class: 'healthpass-busy', hidden: '' },
            make('span', {}, text('searching')), this.progress, this.cancel);
        this.state = make('p', { class: 'healthpass-state', role: 'status', tabindex: '-1' });
        this.again = this.#button('again', () => this.#empty(), 'healthpass-quiet');
        this.error = make('p', { class: 'healthpass-error', role: 'alert', tabindex: '-1' });
    }

    #help() {
        return make('details', { class: 'healthpass-help' },
            make('summary', {}, text('helpTitle')),
            make('p', {}, this.input.dataset.healthpassHelp || text('help')));
    }

    // state: empty, busy, read, accepted or error; says is for everybody, an error takes the focus.
    #show(state, says = '') {
        const has = state === 'read' || state === 'accepted' || state === 'refused';
        const wrong = state === 'error' || state === 'refused';
        this.root.dataset.state = state;
        this.ways.hidden = has || state === 'busy';
        this.busy.hidden = state !== 'busy';
        this.again.hidden = !has;
        if (has || state === 'busy') this.#closeText();
        this.state.textContent = wrong || state === 'busy' ? '' : says;
        this.error.textContent = wrong ? says : '';
        this.#mark(wrong);
        this.input.dispatchEvent(new CustomEvent('healthpass', { bubbles: true, detail: { state } }));
    }

    #mark(wrong) {
        if (wrong) {
            this.input.setAttribute('aria-invalid', 'true');
            this.input.setAttribute('aria-describedby', idOf(this.error));
            this.error.focus();
        } else {
            this.input.removeAttribute('aria-invalid');
            this.input.removeAttribute('aria-describedby');
        }
    }

    #openText() {
        this.panel.hidden = false;
        this.paste.setAttribute('aria-expanded', 'true');
        this.input.focus();
    }

    #closeText() {
        this.panel.hidden = true;
        this.paste.setAttribute('aria-expanded', 'false');
    }

    // ---- ways to a pass ----------------------------------------------------------------------

    #list() {
        const { healthpassList: name } = this.input.dataset;
        if (!name) return [this];
        return fields.filter(field => field.input.dataset.healthpassList === name).concat(fields.includes(this) ? [] : this);
    }

    // Does one thing at a time; work gets a reader of codes and a signal, and answers texts.
    async #run(work) {
        this.#work?.abort();
        const mine = this.#work = new AbortController();
        const reader = new Reader();
        mine.signal.onabort = () => reader.close();
        try {
            await this.#take(await work(reader, mine.signal), mine.signal);
        } catch (error) {
            this.#failed(error, mine);
        } finally {
            reader.close();
            if (this.#work === mine) this.#work = null;
        }
    }

    #failed(error, mine) {
        if (this.#work !== mine) return;
        if (!mine.signal.aborted) return this.#show('error', text(error.why ?? 'broken'));
        this.#show('empty', text('cancelled'));
        this.file.focus();
    }

    #useCamera() {
        this.#show('empty');
        return this.#run(async reader => {
            const texts = await readCamera(text, reader);
            return texts.length ? texts : null;
        });
    }

    #useFiles(files) {
        if (!files.length) return null;
        this.#show('busy');
        this.progress.value = 0;
        this.cancel.focus();
        return this.#run(async (reader, signal) => {
            const found = [];
            for (const [n, file] of files.entries()) {
                const progress = part => { this.progress.value = (n + part) / files.length; };
                found.push(...await readFile(file, reader, progress, signal));
            }
            signal.throwIfAborted();
            return [...new Set(found)];
        });
    }

    #pasted(event) {
        const files = [...event.clipboardData.files];
        if (files.length) {
            event.preventDefault();
            this.#useFiles(files);
        } else if (event.target === this.input) {
            setTimeout(() => this.#typed());
        }
    }

    #dropped(event) {
        event.preventDefault();
        if (!this.ways.hidden) this.#useFiles([...event.dataTransfer.files]);
    }

    // Closing the text after Enter is a change to the browser: that pass was taken.
    #typed() {
        if (this.panel.hidden || !this.input.value) return;
        const pass = this.input.value;
        this.#run(async () => [pass]);
    }

    // ---- a pass ------------------------------------------------------------------------------

    // texts of the codes that were seen; null when the visitor closed the camera.
    async #take(texts, signal) {
        if (!texts) return;
        if (!texts.length) throw new Unreadable('nothing');
        const passes = choose(texts);
        if (!passes.length) throw new Unreadable('other');
        const others = this.#list().filter(field => field !== this);
        if (passes.some(pass => others.some(field => field.input.value === pass))) throw new Unreadable('twice');
        const free = others.filter(field => !field.input.value);
        if (passes.length > 1 + free.length) throw new Unreadable('several');
        passes.slice(1).forEach((pass, n) => free[n].#keep(pass));
        await this.#keep(passes[0], signal);
        if (this.root.dataset.state !== 'refused') this.state.focus();
    }

    async #keep(pass, signal) {
        const { healthpassCheck: url, healthpassCheckName: name = 'pass' } = this.input.dataset;
        this.input.value = pass;
        this.input.dispatchEvent(new Event('input', { bubbles: true }));
        this.#show('read', text(url ? 'checking' : 'read'));
        if (!url) return;
        const answer = await check(url, name, pass, tongue, signal);
        if (this.input.value !== pass) return;
        if (answer.accepted) this.#show('accepted', text('accepted'));
        else if (answer.refused) this.#show('refused', answer.words || text('refused'));
        else this.#show('read', text('unchecked'));
    }

    #empty() {
        this.#work?.abort();
        this.#work = null;
        this.input.value = '';
        this.#show('empty', text('removed'));
        (this.camera.hidden ? this.file : this.camera).focus();
    }

    #beforeSending(event) {
        if (event.submitter?.formNoValidate || event.target.noValidate) return;
        if (event.defaultPrevented || !this.required || this.input.value) return;
        event.preventDefault();
        this.#show('error', text('needed'));
    }
}

// Also for fields that a page adds later.
export function enhance(root = document) {
    for (const input of root.querySelectorAll('input[data-healthpass]')) {
        if (!fields.some(field => field.input === input)) new Field(input);
    }
    for (const field of fields) field.chooser.multiple = field.input.dataset.healthpassList !== undefined;
}

enhance();
