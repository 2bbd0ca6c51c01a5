// qrcodes: all QR codes of a black and white picture.  The library looks for one: of two side by
// side it takes a corner of each, and finds none or one of them by luck.
import DecodeHintType from '@zxing/library/esm/core/DecodeHintType';
import Decoder from '@zxing/library/esm/core/qrcode/decoder/Decoder';
import Detector from '@zxing/library/esm/core/qrcode/detector/Detector';
import FinderPatternFinder from '@zxing/library/esm/core/qrcode/detector/FinderPatternFinder';
import FinderPatternInfo from '@zxing/library/esm/core/qrcode/detector/FinderPatternInfo';
import NotFoundException from '@zxing/library/esm/core/NotFoundException';
import ResultPoint from '@zxing/library/esm/core/ResultPoint';

const MOST_CODES = 4;
// Noise looks like a finder pattern here and there: the surest are taken, and the likeliest trios.
const MOST_PATTERNS = 18;
const MOST_TRIES = 24;
const HARDER = new Map([[DecodeHintType.TRY_HARDER, true]]);

// Looks at the whole picture, where the library ends at the third pattern and skips rows.
class AllPatterns extends FinderPatternFinder {
    findRowSkip() { return 0; }
    haveMultiplyConfirmedCenters() { return false; }
    selectBestPatterns() { throw new NotFoundException(); }

    all() {
        try {
            this.find(HARDER);
        } catch { /* which is how it ends */ }
        const seen = this.getPossibleCenters().filter(pattern => pattern.getCount() > 1);
        return seen.sort((a, b) => b.getCount() - a.getCount()).slice(0, MOST_PATTERNS);
    }
}

// How far three patterns are from the corners of one code seen from the front, 0: a right angle
// between sides of one length.  What no camera makes of a code is Infinity.
function slant([bottomLeft, topLeft, topRight]) {
    const sizes = [bottomLeft, topLeft, topRight].map(pattern => pattern.getEstimatedModuleSize());
    const left = ResultPoint.distance(topLeft, bottomLeft);
    const top = ResultPoint.distance(topLeft, topRight);
    const across = ResultPoint.distance(topRight, bottomLeft);
    if (Math.max(...sizes) > 2 * Math.min(...sizes) || Math.min(left, top) < 7 * Math.max(...sizes)) return Infinity;
    const off = Math.abs(Math.log(left / top)) + Math.abs(Math.log(across / Math.hypot(left, top)));
    return off < 0.7 ? off : Infinity;
}

// Three patterns each, in the library's order, the likeliest first.
function trios(patterns) {
    const found = [];
    for (let i = 0; i < patterns.length; i++) {
        for (let j = i + 1; j < patterns.length; j++) {
            for (let k = j + 1; k < patterns.length; k++) {
                const corners = [patterns[i], patterns[j], patterns[k]];
                ResultPoint.orderBestPatterns(corners);
                found.push({ corners, off: slant(corners) });
            }
        }
    }
    return found.filter(({ off }) => off < Infinity).sort((a, b) => a.off - b.off).slice(0, MOST_TRIES);
}

// The texts of all codes; a pattern is the corner of one.
export function readCodes(bits) {
    const texts = new Set();
    const used = new Set();
    for (const { corners } of trios(new AllPatterns(bits, null).all())) {
        if (corners.some(corner => used.has(corner))) continue;
        try {
            const code = new Detector(bits).processFinderPatternInfo(new FinderPatternInfo(corners));
            texts.add(new Decoder().decodeBitMatrix(code.getBits(), HARDER).getText());
        } catch {
            continue; // The library throws for "no code".
        }
        for (const corner of corners) used.add(corner);
        if (texts.size === MOST_CODES) break;
    }
    return [...texts];
}
