// The gate by keys, swipes and clicks, with a draft that is saved as one goes. Without it the form is a plain form.
const CLOCKWISE = ['Up', 'Right', 'Down', 'Left'];
const KEYS = { ArrowUp: 'Up', ArrowRight: 'Right', ArrowDown: 'Down', ArrowLeft: 'Left', 1: 'Up', 2: 'Right', 3: 'Down', 4: 'Left', 0: 'skip' };
const SWIPE_PX = 30;
const LISTEN_MS = 4000;
const RETRY_MS = 3000;
/** Requests that may outlive their page hold 64 KiB together, by the Fetch standard. */
const KEEPALIVE_CHARACTERS = 15_000;

const form = document.getElementById('gate');
const texts = JSON.parse(form.dataset.texts);
const token = form.querySelector('[name=_csrf]')?.value;
const cards = [...form.querySelectorAll('.gate-card')];
const address = `/orientation/draft/${form.dataset.task}`;
const past = [];
const unsaved = new Map();
let current = cards.find((card) => !answerOf(card)) ?? cards[0];
let saving = false;
let swiped = false;

function answerOf(card) {
  return card.querySelector('input[type=radio]:checked')?.value ?? null;
}
function symmetryOf(card) {
  return Number(card.querySelector('select').value);
}
/** What the service keeps of a card: null, "Up" or {orientation, symmetry}. */
function stateOf(card) {
  const [orientation, symmetry] = [answerOf(card), symmetryOf(card)];
  return orientation === null || orientation === 'skip' || symmetry === 1 ? orientation : { orientation, symmetry };
}
function applyState(card, state) {
  const { orientation, symmetry = 1 } = typeof state === 'object' && state !== null ? state : { orientation: state };
  for (const radio of card.querySelectorAll('input[type=radio]')) radio.checked = radio.value === orientation;
  card.querySelector('select').value = String(symmetry);
  show(card);
  showProgress();
}

/** Shows a card's answer: its mark and what its four folders will look like. */
function show(card) {
  const answer = answerOf(card);
  card.classList.toggle('answered', answer !== null);
  if (answer !== null) card.classList.remove('missing');
  const preview = card.querySelector('.preview');
  const picture = card.querySelector('.sample img');
  preview.hidden = !CLOCKWISE.includes(answer) || !picture;
  if (preview.hidden) return;
  if (!preview.firstChild) preview.append(...CLOCKWISE.map((folder) => figureOf(card, folder, picture.src)));
  const from = CLOCKWISE.indexOf(answer);
  [...preview.children].forEach((one, to) => (one.firstChild.className = `turn-${((to - from + 4) % 4) * 90}`));
}
function figureOf(card, folder, src) {
  const figure = document.createElement('figure');
  const image = Object.assign(document.createElement('img'), { src, alt: '' });
  const caption = document.createElement('figcaption');
  caption.textContent = card.querySelector(`.choice-${folder} .choice-name`).textContent;
  figure.append(image, caption);
  return figure;
}
function showProgress() {
  const done = cards.filter((card) => answerOf(card) !== null).length;
  form.querySelector('.gate-foot progress').value = done;
  document.getElementById('gate-count').textContent = texts.progress.replace('{done}', done).replace('{total}', cards.length);
  document.getElementById('gate-next').disabled = done === cards.length;
}

function makeCurrent(card, { scroll = true } = {}) {
  current?.classList.remove('current');
  current = card;
  card.classList.add('current');
  const focus = card.querySelector('input[type=radio]:checked') ?? card.querySelector('input[type=radio]');
  focus.focus({ preventScroll: true });
  if (!scroll) return;
  bringIntoView();
  // Cards that were not laid out yet may turn out taller than expected, and push this one away.
  requestAnimationFrame(bringIntoView);
}
function bringIntoView() {
  current?.scrollIntoView({ block: 'nearest', behavior: 'instant' });
}
function visible() {
  return cards.filter((card) => card.offsetParent !== null);
}
function step(by) {
  const all = visible();
  const next = all[all.indexOf(current) + by];
  if (next) makeCurrent(next);
}
function toNextOpen() {
  const start = cards.indexOf(current) + 1;
  const open = [...cards.slice(start), ...cards.slice(0, start)].find((card) => answerOf(card) === null);
  if (open) return makeCurrent(open);
  current?.classList.remove('current');
  form.querySelector('[type=submit]').focus();
}

const seen = new Map(cards.map((card) => [card, stateOf(card)]));
/** What the service is known to keep of each card, to tell what others have changed since. */
const known = new Map(cards.map((card) => [card, keyOf(stateOf(card))]));
function keyOf(state) {
  return typeof state === 'object' && state !== null ? `${state.orientation} ${state.symmetry}` : String(state ?? '');
}
/** After any change by hand: remembers it for undo and saves it. */
function changed(card) {
  past.push({ card, before: seen.get(card) });
  keep(card);
}
function keep(card) {
  seen.set(card, stateOf(card));
  unsaved.set(card.dataset.class, stateOf(card));
  document.getElementById('gate-undo').disabled = past.length === 0;
  show(card);
  showProgress();
  void save();
}
function answer(card, value) {
  const radio = card.querySelector(`input[value="${value}"]`);
  if (!radio || radio.matches(':disabled')) return;
  if (!radio.checked) {
    radio.checked = true;
    changed(card);
  }
  current?.classList.remove('current');
  current = card;
  toNextOpen();
}
function undo() {
  const last = past.pop();
  if (!last) return;
  applyState(last.card, last.before);
  keep(last.card);
  makeCurrent(last.card);
}

function say(text) {
  document.getElementById('gate-saved').textContent = text;
}
async function save() {
  if (saving || unsaved.size === 0) return;
  saving = true;
  say(texts.saving);
  const batch = new Map(unsaved);
  unsaved.clear();
  try {
    const headers = { 'Content-Type': 'application/json', Prefer: 'return=minimal', ...(token ? { 'X-CSRF-Token': token } : {}) };
    const body = JSON.stringify({ answers: Object.fromEntries(batch) });
    const keepalive = body.length <= KEEPALIVE_CHARACTERS;
    const reply = await fetch(address, { method: 'PUT', headers, body, keepalive });
    if (reply.status === 409) return leave();
    if (!reply.ok) throw new Error(String(reply.status));
    takeOver((await reply.json()).answers);
    say(texts.saved);
  } catch {
    for (const [name, state] of batch) if (!unsaved.has(name)) unsaved.set(name, state);
    say(texts.notSaved);
    setTimeout(() => void save(), RETRY_MS);
    return;
  } finally {
    saving = false;
  }
  void save();
}
/** Somebody else confirmed: the server's page says who. */
function leave() {
  location.assign(`/orientation/${form.dataset.task}`);
}
/** What others answer meanwhile shows up here, except where this browser has something of its own under way. */
async function listen() {
  if (document.visibilityState === 'hidden' || saving || unsaved.size > 0 || document.querySelector('dialog[open]')) return;
  const reply = await fetch(address, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (!reply?.ok || saving || unsaved.size > 0) return;
  const { status, answers } = await reply.json();
  if (status !== 'pending_orientation') return leave();
  takeOver(answers);
}
/** Shows what others have answered since, except on a card that was changed here and is not saved yet. */
function takeOver(answers) {
  for (const card of cards) {
    const state = answers[card.dataset.class] ?? null;
    if (!unsaved.has(card.dataset.class) && known.get(card) !== keyOf(state) && keyOf(stateOf(card)) !== keyOf(state)) {
      applyState(card, state);
      seen.set(card, stateOf(card));
    }
    known.set(card, keyOf(state));
  }
}

form.addEventListener('change', ({ target }) => {
  const card = target.closest('.gate-card');
  if (!card) return;
  const wasOpen = seen.get(card) === null;
  changed(card);
  if (!target.matches('input[type=radio]')) return;
  makeCurrent(card, { scroll: false });
  // A correction stays where it is: whoever corrects is looking at that card.
  if (wasOpen) toNextOpen();
});
form.addEventListener('focusin', ({ target }) => {
  const card = target.closest('.gate-card');
  if (!card || card === current) return;
  current?.classList.remove('current');
  current = card;
  card.classList.add('current');
});
document.addEventListener('keydown', (event) => {
  // A key held down would confirm what nobody has read yet.
  if (event.repeat && event.key === 'Enter') return event.preventDefault();
  if (document.querySelector('dialog[open]') || event.altKey || event.metaKey) return;
  if (event.target.matches('select, summary, textarea, input:not([type=radio], [type=checkbox])')) return;
  const letter = event.key.toLowerCase();
  if (letter === 'z') undo();
  else if (event.ctrlKey) return;
  else if (KEYS[event.key]) answer(current, KEYS[event.key]);
  else if (letter === 'n') step(1);
  else if (letter === 'p') step(-1);
  else return;
  event.preventDefault();
});

// A swipe on the large picture answers; a tap enlarges it.
for (const card of cards) {
  const pad = card.querySelector('.sample-first');
  let start = null;
  pad?.addEventListener('pointerdown', (event) => (start = event));
  pad?.addEventListener('pointerup', (event) => {
    if (!start) return;
    const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
    start = null;
    swiped = Math.max(Math.abs(x), Math.abs(y)) >= SWIPE_PX;
    if (swiped) answer(card, Math.abs(x) > Math.abs(y) ? (x > 0 ? 'Right' : 'Left') : y > 0 ? 'Down' : 'Up');
  });
}
// A swipe by touch makes no click that would forget it.
form.addEventListener('pointerdown', () => (swiped = false), true);
const zoom = document.getElementById('gate-zoom');
form.addEventListener('click', (event) => {
  const link = event.target.closest('.sample');
  if (!link) return;
  event.preventDefault();
  if (swiped) return void (swiped = false);
  zoom.querySelector('.zoomed').replaceChildren(Object.assign(new Image(), { src: link.href, alt: link.querySelector('img').alt }));
  zoom.showModal();
});
zoom.addEventListener('click', ({ target }) => target === zoom && zoom.close());

document.getElementById('gate-undo').addEventListener('click', undo);
document.getElementById('gate-next').addEventListener('click', toNextOpen);
document.getElementById('gate-open-only').addEventListener('change', ({ target }) => {
  form.classList.toggle('open-only', target.checked);
});

// What was answered last time is taken by a press alone, never by itself.
function take(card) {
  const button = card.querySelector('.suggestion-take');
  const radio = button && card.querySelector(`input[value="${button.dataset.orientation}"]`);
  if (!radio || radio.matches(':disabled')) return;
  card.querySelector('select').value = button.dataset.symmetry;
  radio.checked = true;
  changed(card);
}
form.addEventListener('click', ({ target }) => {
  const card = target.closest('.gate-card');
  if (target.closest('.suggestion-take')) {
    take(card);
    current?.classList.remove('current');
    current = card;
    toNextOpen();
  }
  if (target.closest('.more-pictures')) void morePictures(card, target.closest('.more-pictures'));
});
document.getElementById('gate-take-all')?.addEventListener('click', () => {
  for (const card of cards) if (answerOf(card) === null) take(card);
  toNextOpen();
});

async function morePictures(card, button) {
  const strip = card.querySelector('.more');
  const query = new URLSearchParams({ class: card.dataset.class, offset: strip.childElementCount });
  const reply = await fetch(`/orientation/pictures/${form.dataset.task}?${query}`, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (!reply?.ok) return;
  const { pictures, total } = await reply.json();
  const component = card.querySelector('legend').firstChild.textContent.trim();
  for (const { url } of pictures) {
    const number = strip.childElementCount + 1;
    const alt = texts.pictureOf.replace('{number}', number).replace('{component}', component);
    const link = Object.assign(document.createElement('a'), { href: url, className: 'sample' });
    link.append(Object.assign(new Image(90, 90), { src: url, alt, loading: 'lazy' }));
    strip.append(link);
  }
  button.hidden = strip.childElementCount >= total;
}

const summary = document.getElementById('gate-summary');
form.addEventListener('submit', (event) => {
  event.preventDefault();
  for (const cell of summary.querySelectorAll('[data-answer]')) {
    const chosen = cards.filter((card) => answerOf(card) === cell.dataset.answer);
    cell.textContent = chosen.length.toLocaleString(document.documentElement.lang);
  }
  summary.returnValue = '';
  summary.showModal();
});
form.noValidate = true;
form.querySelector('[type=submit]').addEventListener('click', (event) => {
  const open = cards.filter((card) => answerOf(card) === null);
  for (const card of open) card.classList.add('missing');
  if (open.length === 0) return;
  event.preventDefault();
  say(texts.open.replace('{count}', open.length));
  makeCurrent(open[0]);
});
summary.addEventListener('close', () => summary.returnValue === 'send' && form.submit());

// What is not saved yet goes out as the page is left.
addEventListener('pagehide', () => {
  saving = false;
  void save();
});

for (const card of cards) show(card);
showProgress();
// The first card stays below the heading, save on a phone, where it would lie below the window. A reload goes on at the
// class that is next, not at the browser's guess.
const goThere = current !== cards[0] || matchMedia('(max-width: 34rem)').matches;
if (goThere) history.scrollRestoration = 'manual';
if (current) makeCurrent(current, { scroll: goThere });
void listen();
setInterval(() => void listen(), LISTEN_MS);
