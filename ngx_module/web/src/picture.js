// picture: from a photo, a screenshot or a page of a PDF to the texts of the codes in it.
// All of it happens on this device.

const base = new URL('.', import.meta.url);
const FORMATS = ['qr_code', 'data_matrix'];

// The browser's own reader where it reads both kinds of code.
async function nativeReader() {
    const Detector = globalThis.BarcodeDetector;
    const kinds = await Detector?.getSupportedFormats?.().catch(() => []) ?? [];
    return FORMATS.every(kind => kinds.includes(kind)) ? new Detector({ formats: FORMATS }) : null;
}

// One reader of codes, for one picture or for one look through the camera; close() stops it.
export class Reader {
    #native = nativeReader();
    #waiting = new Map();
    #next = 0;
    #worker = null;
    #closed = false;

    close() {
        this.#closed = true;
        this.#worker?.terminate();
        this.#worker = null;
        for (const { reject } of this.#waiting.values()) reject(new DOMException('closed', 'AbortError'));
        this.#waiting.clear();
    }

    // The texts in that canvas.
    async read(canvas) {
        const native = await this.#native;
        const codes = await native?.detect(canvas).catch(() => []) ?? [];
        const texts = [...new Set(codes.map(code => code.rawValue))].filter(Boolean);
        return texts.length ? texts : this.#search(canvas);
    }

    async #search(canvas) {
        if (this.#closed) throw new DOMException('closed', 'AbortError');
        const { width, height } = canvas;
        const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer;
        return new Promise((resolve, reject) => {
            const id = this.#next++;
            this.#waiting.set(id, { resolve, reject });
            this.#start().postMessage({ id, pixels, width, height }, [pixels]);
        });
    }

    #start() {
        if (this.#worker) return this.#worker;
        this.#worker = new Worker(new URL('healthpass-decoder.js', base));
        this.#worker.onmessage = ({ data }) => {
            this.#waiting.get(data.id)?.resolve(data.texts);
            this.#waiting.delete(data.id);
        };
        this.#worker.onerror = () => {
            for (const { reject } of this.#waiting.values()) reject(new Error('no decoder'));
            this.#waiting.clear();
        };
        return this.#worker;
    }
}

// Draws a part of the picture, at most so many pixels on its longer side, turned by degrees.
export function draw(picture, side, part = [0, 0, 1, 1], degrees = 0) {
    const [left, top] = [part[0] * picture.width, part[1] * picture.height];
    const [wide, high] = [part[2] * picture.width, part[3] * picture.height];
    const scale = side / Math.max(wide, high);
    const canvas = document.createElement('canvas');
    const size = [Math.max(1, Math.round(wide * scale)), Math.max(1, Math.round(high * scale))];
    const edge = degrees ? Math.ceil(Math.hypot(...size)) : 0;
    canvas.width = edge || size[0];
    canvas.height = edge || size[1];
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.translate(canvas.width / 2, canvas.height / 2);
    context.rotate(degrees * Math.PI / 180);
    context.drawImage(picture, left, top, wide, high, -size[0] / 2, -size[1] / 2, ...size);
    return canvas;
}

const HALVES = [[0, 0, 1, 0.55], [0, 0.45, 1, 0.55], [0, 0, 0.55, 1], [0.45, 0, 0.55, 1]];
const QUARTERS = [[0, 0, 0.6, 0.6], [0.4, 0, 0.6, 0.6], [0, 0.4, 0.6, 0.6], [0.4, 0.4, 0.6, 0.6], [0.2, 0.2, 0.6, 0.6]];

// In which ways a picture is looked at, rounds of them; the first round that finds something ends
// the search.  A code is found best when its dots are some five pixels wide: hence several sizes,
// and small pictures are made larger.  Of two codes side by side only a part may show one alone.
export function plan(width, height) {
    const longest = Math.max(width, height);
    const largest = Math.min(longest < 1200 ? longest * 2 : longest, 4000);
    const sides = [1200, 800, 1700, 500, 2400, largest].filter((side, i, all) =>
        side <= largest && all.indexOf(side) === i);
    const rounds = sides.map(side => [[side]]);
    rounds.push(HALVES.map(part => [Math.min(largest, 1200), part]));
    rounds.push([[Math.min(largest, 1300), undefined, 20]], [[Math.min(largest, 1800), undefined, 50]]);
    if (longest > 1000) rounds.push(QUARTERS.map(part => [Math.min(largest, 1600), part]));
    return rounds;
}

async function readRound(picture, round, reader, step) {
    const found = new Set();
    for (const look of round) {
        step();
        for (const text of await reader.read(draw(picture, ...look))) found.add(text);
    }
    return [...found];
}

// The texts of the codes in a picture, after so many rounds at most; progress hears 0 to 1.
// Two codes confuse each other: where one was not found at once, the halves may show another.
export async function readPicture(picture, reader, progress, most = Infinity) {
    const rounds = plan(picture.width, picture.height).slice(0, most);
    const total = rounds.flat().length;
    let done = 0;
    const step = () => progress(Math.min(done++ / total, 1));
    for (const [n, round] of rounds.entries()) {
        const texts = await readRound(picture, round, reader, step);
        if (!texts.length) continue;
        if (n === 0 || round.length > 1) return texts;
        const more = await readRound(picture, HALVES.map(part => [1200, part]), reader, step);
        return [...new Set([...texts, ...more])];
    }
    return [];
}

const MOST_BYTES = 50e6;
const MOST_PIXELS = 100e6;

export class Unreadable extends Error {
    // why: the name of a text
    constructor(why) {
        super(why);
        this.why = why;
    }
}

async function isPdf(file) {
    const start = await file.slice(0, 1024).text();
    return start.includes('%PDF-');
}

async function open(file) {
    const picture = await createImageBitmap(file).catch(() => {
        throw new Unreadable('unopened');
    });
    if (picture.width * picture.height <= MOST_PIXELS) return picture;
    picture.close();
    throw new Unreadable('large');
}

// The texts of the codes in a file that somebody chose.
export async function readFile(file, reader, progress, signal) {
    if (file.size > MOST_BYTES) throw new Unreadable('large');
    if (await isPdf(file)) {
        const { readPdf } = await import(new URL('healthpass-pdf.js', base));
        return readPdf(file, (picture, most) => readPicture(picture, reader, () => {}, most), progress, signal);
    }
    const picture = await open(file);
    try {
        return await readPicture(picture, reader, progress);
    } finally {
        picture.close();
    }
}
