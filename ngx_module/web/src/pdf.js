// pdf: draws the pages of a PDF, one by one, until one has a code.  Loaded only when somebody
// chooses a PDF: pdf.js is larger than all the rest.
import * as pdfjs from 'pdfjs-dist/legacy/build/pdf.mjs';

const MOST_PAGES = 20;
const SIDE = 2400;

pdfjs.GlobalWorkerOptions.workerSrc = String(new URL('healthpass-pdf-worker.js', import.meta.url));

// No code made from the file's programs, no fonts or forms: only a picture is wanted of it.
function open(data) {
    return pdfjs.getDocument({
        data,
        isEvalSupported: false,
        disableFontFace: true,
        useSystemFonts: false,
        enableXfa: false,
        verbosity: pdfjs.VerbosityLevel.ERRORS,
    });
}

async function render(page) {
    const whole = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: SIDE / Math.max(whole.width, whole.height) });
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(viewport.width);
    canvas.height = Math.ceil(viewport.height);
    const canvasContext = canvas.getContext('2d', { willReadFrequently: true });
    await page.render({ canvasContext, viewport }).promise;
    return canvas;
}

// A drawn page is clear: two rounds find its code.  Only where no page had one are all looked through.
function looks(pages) {
    return [2, Infinity].flatMap(rounds =>
        Array.from({ length: pages }, (_, at) => ({ number: at + 1, rounds })));
}

// readPicture answers the texts in a canvas; a file that is no PDF or locked throws.
export async function readPdf(file, readPicture, progress, signal) {
    const task = open(await file.arrayBuffer());
    try {
        const document = await task.promise.catch(error => {
            throw Object.assign(new Error(error.message), { why: 'pdf' });
        });
        const pages = Math.min(document.numPages, MOST_PAGES);
        for (const [done, { number, rounds }] of looks(pages).entries()) {
            signal.throwIfAborted();
            progress(done / pages / 2);
            const texts = await readPicture(await render(await document.getPage(number)), rounds);
            if (texts.length) return texts;
        }
        return [];
    } finally {
        await task.destroy();
    }
}
