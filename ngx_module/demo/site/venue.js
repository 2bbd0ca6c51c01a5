/* What makes booking quicker; all of it works without. */
'use strict';

/* The sum of the seats, and no more of them than there may be. */
function count(plan) {
  const sum = plan.querySelector('#sum');
  const { price, most } = sum.dataset;
  const chosen = () => plan.querySelectorAll('[name=seat]:checked').length;
  plan.addEventListener('change', (event) => {
    if (chosen() > most) event.target.checked = false;
    sum.textContent = `${chosen()} of up to ${most} seats, ${chosen() * price} €`;
  });
}

/* Years between two dates as YYYY-MM-DD. */
function years(from, to) {
  return to.slice(0, 4) - from.slice(0, 4) - (to.slice(5) < from.slice(5) ? 1 : 0);
}

/* A child on that day is asked for no pass. */
function watch(person, day) {
  const born = person.querySelector('[type=date]');
  const tell = () => {
    const child = born.value !== '' && years(born.value, day) < 12;
    person.querySelector('.pass').hidden = child;
    person.querySelector('.child').hidden = !child;
  };
  born.addEventListener('input', tell);
  tell();
}

document.getElementById('onward')?.requestSubmit();

const plan = document.getElementById('plan');
if (plan) count(plan);

const persons = document.getElementById('persons');
for (const person of persons?.querySelectorAll('.person') ?? []) watch(person, persons.dataset.day);
