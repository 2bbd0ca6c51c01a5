// The pictures that visitors have, drawn by the browser from the codes that healthpassctl made.
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';

// name: size, then the codes that are on it: [png, middle x, middle y, width, degrees].  Options:
// dark and light are the ends of the brightness, noise and paper what a camera adds.
const DRAWN = {
    'rotated.png': { size: [900, 900], codes: [['good', 450, 450, 560, 27]] },
    'upside.png': { size: [900, 900], codes: [['good', 450, 450, 600, 180]] },
    'dark.png': { size: [900, 900], codes: [['good', 450, 450, 600, 3]], dark: 6, light: 34 },
    'inverted.png': { size: [900, 900], codes: [['good', 450, 450, 600, 0]], dark: 255, light: 0 },
    'small.png': { size: [400, 700], codes: [['good', 200, 300, 210, 0]] },
    'photo.jpg': { size: [1600, 1200], codes: [['good', 800, 560, 620, -8]], dark: 40, light: 190, noise: 30 },
    'large.jpg': { size: [3200, 2400], codes: [['good', 2000, 1500, 800, 12]], dark: 30, light: 220, noise: 20 },
    'screenshot.png': { size: [390, 844], codes: [['good', 195, 500, 330, 0]], words: true },
    'long-photo.jpg': { size: [2000, 1500], codes: [['long', 1000, 750, 1200, 5]], dark: 35, light: 210, noise: 16 },
    'nothing.png': { size: [1000, 750], codes: [], words: true, noise: 90 },
    'two.png': { size: [1500, 800], codes: [['good', 380, 400, 560, 0], ['child', 1120, 400, 560, 0]] },
    'menu.png': { size: [1500, 800], codes: [['good', 380, 400, 560, 0], ['link', 1120, 400, 400, 0]] },
};

// Runs in the page.
async function paint({ size: [width, height], codes, dark = 0, light = 255, noise = 0, words, type, grey }) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#000';
    context.font = '24px sans-serif';
    if (words) for (let y = 40; y < 300; y += 60) context.fillText('Certificate of a person', 30, y);
    for (const [source, x, y, side, degrees] of codes) {
        const picture = new Image();
        picture.src = source;
        await picture.decode();
        context.save();
        context.translate(x, y);
        context.rotate(degrees * Math.PI / 180);
        context.imageSmoothingEnabled = side < picture.width;
        context.drawImage(picture, -side / 2, -side / 2, side, side);
        context.restore();
    }
    if (noise || dark !== 0 || light !== 255) spoil();
    return grey ? levels() : canvas.toDataURL(type, 0.8).split(',')[1];

    function spoil() {
        const pixels = context.getImageData(0, 0, width, height);
        const { data } = pixels;
        for (let i = 0, chance = 1; i < data.length; i += 4) {
            chance = Math.imul(chance, 1664525) + 1013904223 | 0;
            data[i] = data[i + 1] = data[i + 2] = dark + data[i] * (light - dark) / 255 + chance / 4294967296 * noise;
        }
        context.putImageData(pixels, 0, 0);
    }

    function levels() {
        const { data } = context.getImageData(0, 0, width, height);
        let text = '';
        for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
        return btoa(text);
    }
}

// A Data Matrix or QR code as rows of a picture, made by the library's other half.
function paintCode(rows) {
    const canvas = document.createElement('canvas');
    const dot = 8;
    canvas.width = canvas.height = (rows.length + 8) * dot;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = '#000';
    rows.forEach((row, y) => row.forEach((black, x) => black && context.fillRect((x + 4) * dot, (y + 4) * dot, dot, dot)));
    return canvas.toDataURL('image/png').split(',')[1];
}

function rows(matrix) {
    return Array.from({ length: matrix.getHeight() }, (_, y) =>
        Array.from({ length: matrix.getWidth() }, (_, x) => matrix.get(x, y) ? 1 : 0));
}

// One frame of grey, which the browser shows for ever.
function video([width, height], grey) {
    return Buffer.concat([
        Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\nFRAME\n`),
        Buffer.from(grey, 'base64'), Buffer.alloc(width * height / 2, 128),
    ]);
}

async function pdf(load, pages) {
    const { PDFDocument } = load('pdf-lib');
    const made = await PDFDocument.create();
    for (const png of pages) {
        const page = made.addPage([595, 842]);
        if (png) page.drawImage(await made.embedPng(png), { x: 60, y: 400, width: 220, height: 220 });
        else page.drawText('Your certificate is on the next page.', { x: 60, y: 700 });
    }
    return made.save();
}

// Makes all of them below dir and answers their paths by name.
export async function pictures(load, site, dir, codes) {
    const paths = {};
    const put = (name, bytes) => writeFileSync(paths[name] = `${dir}/${name}`, bytes);
    const page = await site.blank();
    const { QRCodeWriter, DataMatrixWriter, BarcodeFormat } = codes;
    const source = name => `data:image/png;base64,${readFileSync(`${dir}/${name}.png`, 'base64')}`;
    const code = async (name, matrix) => put(name, Buffer.from(await page.evaluate(paintCode, rows(matrix)), 'base64'));

    await code('link.png', new QRCodeWriter().encode('https://menu.example/today', BarcodeFormat.QR_CODE, 29, 29, new Map()));
    await code('matrix.png',
        new DataMatrixWriter().encode(readFileSync(`${dir}/matrix.txt`, 'latin1'), BarcodeFormat.DATA_MATRIX, 1, 1, new Map()));
    for (const [name, picture] of Object.entries(DRAWN)) {
        const drawn = { ...picture, codes: picture.codes.map(([png, ...place]) => [source(png), ...place]) };
        const type = name.endsWith('.jpg') ? 'image/jpeg' : 'image/png';
        put(name, Buffer.from(await page.evaluate(paint, { ...drawn, type }), 'base64'));
    }
    const seen = { size: [1280, 720], codes: [[source('good'), 640, 360, 520, 6]], dark: 30, light: 220, noise: 16, grey: true };
    put('camera.y4m', video(seen.size, await page.evaluate(paint, seen)));
    put('second-page.pdf', await pdf(load, [null, readFileSync(`${dir}/good.png`)]));
    put('empty.pdf', await pdf(load, [null]));
    put('broken.pdf', '%PDF-1.7\nnot one');
    put('wrong.txt', 'This is no picture.');
    put('huge.png', '');
    const huge = openSync(paths['huge.png'], 'r+');
    ftruncateSync(huge, 50e6 + 1);
    closeSync(huge);
    return paths;
}
