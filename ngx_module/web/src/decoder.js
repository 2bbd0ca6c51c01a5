// decoder: finds the codes in one picture.  A worker: the page stays alive while it searches.
// It gets the pixels and gives texts back; it opens no file and asks no server.
import BinaryBitmap from '@zxing/library/esm/core/BinaryBitmap';
import DataMatrixReader from '@zxing/library/esm/core/datamatrix/DataMatrixReader';
import DecodeHintType from '@zxing/library/esm/core/DecodeHintType';
import GlobalHistogramBinarizer from '@zxing/library/esm/core/common/GlobalHistogramBinarizer';
import HybridBinarizer from '@zxing/library/esm/core/common/HybridBinarizer';
import InvertedLuminanceSource from '@zxing/library/esm/core/InvertedLuminanceSource';
import QRCodeReader from '@zxing/library/esm/core/qrcode/QRCodeReader';
import RGBLuminanceSource from '@zxing/library/esm/core/RGBLuminanceSource';

const MOST_CODES = 4;
const HARDER = new Map([[DecodeHintType.TRY_HARDER, true]]);

// What is white on black comes last: few codes are.
const WAYS = [
    [HybridBinarizer, false],
    [GlobalHistogramBinarizer, false],
    [HybridBinarizer, true],
];

// The brightness of each pixel; what is transparent lies on white paper.
function grey(rgba) {
    const light = new Uint8ClampedArray(rgba.length / 4);
    for (let i = 0, at = 0; i < light.length; i++, at += 4) {
        const bright = (rgba[at] * 77 + rgba[at + 1] * 151 + rgba[at + 2] * 28) >> 8;
        light[i] = 255 + (bright - 255) * rgba[at + 3] / 255;
    }
    return light;
}

// The brightness that a hundredth of the pixels is beyond, from that end.
function edge(counts, from, step, total) {
    let seen = 0;
    let value = from;
    while (value >= 0 && value < 255 && (seen += counts[value]) < total / 100) value += step;
    return value;
}

// Makes the darkest black and the brightest white: a binarizer takes a dark picture for all black.
function stretch(light) {
    const counts = new Uint32Array(256);
    for (const value of light) counts[value]++;
    const low = edge(counts, 0, 1, light.length);
    const high = edge(counts, 254, -1, light.length);
    if (high - low < 4 || high - low > 200) return light;
    return light.map(value => (value - low) * 255 / (high - low));
}

function read(light, width, height, reader, [Binarizer, inverted]) {
    const source = new RGBLuminanceSource(light, width, height);
    const shown = inverted ? new InvertedLuminanceSource(source) : source;
    try {
        return reader.decode(new BinaryBitmap(new Binarizer(shown)), HARDER);
    } catch {
        // The library throws for "nothing there"; a picture that breaks it holds nothing for us.
        return null;
    }
}

function find(light, width, height) {
    for (const way of WAYS) {
        const found = read(light, width, height, new QRCodeReader(), way);
        if (found) return found;
    }
    return read(light, width, height, new DataMatrixReader(), WAYS[0]);
}

// Paints a code over, so that the next one is found.  Its first three points span it: the
// middles of the finder patterns, which lie at most a fifth of the code inside it.
function cover(light, width, height, [a, b, c]) {
    const [ux, uy, vx, vy] = [a.getX() - b.getX(), a.getY() - b.getY(), c.getX() - b.getX(), c.getY() - b.getY()];
    const area = ux * vy - uy * vx;
    for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
            const [dx, dy] = [x - b.getX(), y - b.getY()];
            const u = (dx * vy - dy * vx) / area;
            const v = (ux * dy - uy * dx) / area;
            if (u > -0.25 && u < 1.25 && v > -0.25 && v < 1.25) light[y * width + x] = 255;
        }
    }
}

function findAll(rgba, width, height) {
    const light = stretch(grey(rgba));
    const texts = new Set();
    for (let i = 0; i < MOST_CODES; i++) {
        const found = find(light, width, height);
        if (!found) break;
        texts.add(found.getText());
        if (found.getResultPoints().length < 3) break;
        cover(light, width, height, found.getResultPoints());
    }
    return [...texts];
}

self.onmessage = ({ data: { id, pixels, width, height } }) => {
    self.postMessage({ id, texts: findAll(new Uint8ClampedArray(pixels), width, height) });
};
