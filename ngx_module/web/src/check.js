// check: asks a healthpass_check location of this site whether it would let this pass in.

// A sentence that says so to the visitor, from a problem document (RFC 9457).
function words(problem) {
    const said = [problem.detail || problem.title, problem.requirement];
    return said.filter(Boolean).join(' ');
}

async function problem(response) {
    const type = response.headers.get('Content-Type') ?? '';
    return /^application\/(problem\+)?json/.test(type) ? response.json().catch(() => ({})) : {};
}

// { accepted } or { refused, words }; neither where the site cannot say: sending the form will tell.
export async function check(url, name, pass, language, signal) {
    const response = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams({ [name]: pass }),
        headers: { 'Accept': 'application/problem+json', 'Accept-Language': language },
        mode: 'same-origin',
        cache: 'no-store',
        signal,
    }).catch(() => null);
    if (response?.ok) return { accepted: true };
    if (response?.status !== 401 && response?.status !== 403) return {};
    // A login or a firewall in front has these answers too; they are not about the pass.
    const said = await problem(response);
    return said.reason ? { refused: true, words: words(said) } : {};
}
