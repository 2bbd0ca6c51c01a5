// A test is one line of TAP; what it asserts stands below it only where it fails.

let count = 0;
let failed = 0;
// ONLY=camera prove t/browser/field.t: those whose name matches.
const only = process.env.ONLY ? new RegExp(process.env.ONLY) : null;

let problems = [];

export function ok(true_, what) {
    if (!true_) problems.push(what);
}

export function equal(got, expected, what) {
    if (got !== expected) problems.push(`${what}: got ${brief(got)}, expected ${brief(expected)}`);
}

export function has(got, part, what) {
    const found = part instanceof RegExp ? part.test(got) : String(got).includes(part);
    if (!found) problems.push(`${what}: ${brief(part)} is not in ${brief(got)}`);
}

// No whole pass in an output.
function brief(value) {
    return JSON.stringify(String(value).slice(0, 300).replace(/HC1:.*/gs, '(a pass)'));
}

export async function test(name, body) {
    if (only && !only.test(name)) return;
    problems = [];
    await body().catch(error => problems.push(error.stack.split('\n').slice(0, 4).join(' ')));
    console.log(`${problems.length ? 'not ok' : 'ok'} ${++count} - ${name}`);
    for (const problem of problems) console.log(`#   ${problem}`);
    failed += problems.length > 0;
}

export function finish() {
    console.log(`1..${count}`);
    process.exitCode = failed ? 1 : 0;
}
