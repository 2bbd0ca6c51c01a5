// kinds: which texts are surely no health pass.  The server judges; this only keeps the code of a
// menu or a ticket out of the field.  A pass may come as a link: 2D-DOC and SMART Health Cards do.

const PASS = /^(HC1:|shc:\/|DC0\d|\{)/i;
const LINK = /^https?:\/\/\S*(DC0\d|HC1:|HC1%3A|shc:\/|shlink:\/)/i;
const OTHER = /^(https?:|WIFI:|BEGIN:|MECARD:|mailto:|tel:|smsto:|geo:|otpauth:)/i;

export function isPass(text) {
    return PASS.test(text) || LINK.test(text);
}

// Of all texts in a picture those that may be meant: passes where there are some.
export function choose(texts) {
    const passes = texts.filter(isPass);
    return passes.length ? passes : texts.filter(text => !OTHER.test(text));
}
