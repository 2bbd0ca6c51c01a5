// decoder: finds the codes in one picture.  A worker: the page stays alive while it searches.
// It gets the pixels and gives texts back; it opens no file and asks no server.
import BinaryBitmap from '@zxing/library/esm/core/BinaryBitmap';
import DataMatrixReader from '@zxing/library/esm/core/datamatrix/DataMatrixReader';
import DecodeHintType from '@zxing/library/esm/core/DecodeHintType';
import GlobalHistogramBinarizer from '@zxing/library/esm/core/common/GlobalHistogramBinarizer';
import HybridBinarizer from '@zxing/library/esm/core/common/HybridBinarizer';
import InvertedLuminanceSource from '@zxing/library/esm/core/InvertedLuminanceSource';
import RGBLuminanceSource from '@zxing/library/esm/core/RGBLuminanceSource';
import { readCodes } from './qrcodes.js';

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

function bitmap(light, width, height, [Binarizer, inverted]) {
    const source = new RGBLuminanceSource(light, width, height);
    return new BinaryBitmap(new Binarizer(inverted ? new InvertedLuminanceSource(source) : source));
}

// The library throws for "nothing there"; a picture that breaks it holds nothing for us.
function attempt(read) {
    try {
        return read();
    } catch {
        return [];
    }
}

function findAll(rgba, width, height) {
    const light = stretch(grey(rgba));
    for (const way of WAYS) {
        const texts = attempt(() => readCodes(bitmap(light, width, height, way).getBlackMatrix()));
        if (texts.length) return texts;
    }
    return attempt(() => [new DataMatrixReader().decode(bitmap(light, width, height, WAYS[0]), HARDER).getText()]);
}

self.onmessage = ({ data: { id, pixels, width, height } }) => {
    self.postMessage({ id, texts: findAll(new Uint8ClampedArray(pixels), width, height) });
};
