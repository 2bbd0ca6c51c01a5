// page: makes elements.  Nothing of it reads HTML: what a pass or a server says stays text.

export function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
}

let last = 0;

// The element's id; it gets one where it has none.
export function idOf(element) {
    if (!element.id) element.id = `healthpass-${++last}`;
    return element.id;
}
