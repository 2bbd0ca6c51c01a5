/* Shows whose pass it is, for as long as the page stands. */
'use strict';

const form = document.getElementById('check');
const shown = document.getElementById('shown');

function show(lines, yes) {
  shown.className = yes ? 'yes' : '';
  shown.replaceChildren(...lines.filter(Boolean).map((text) => {
    const line = document.createElement('p');
    line.textContent = text;
    return line;
  }));
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!form.pass.value) return;
  show([]);
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
    const said = await answer.json();
    if (answer.ok) show([said.name, `born ${said.dob}`], true);
    else show([said.detail, said.requirement], false);
  } catch {
    show(['The check cannot be reached.'], false);
  }
});
