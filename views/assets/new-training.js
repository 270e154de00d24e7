// Checks the folder without leaving the page, keeps the YAML current, and lets one walk the allowed folders.
// Without it every button is a plain submit.
const form = document.getElementById('new-training');
const texts = JSON.parse(form.dataset.texts);
const state = document.getElementById('check-state');
const checkButton = document.getElementById('check-button');
const RESOLVE_AFTER_MS = 400;
let checking = null;
let resolving = null;
let resolveTimer = 0;

/** Sends the form as `action` and returns the page that comes back. */
async function send(action, signal) {
  const body = new URLSearchParams(new FormData(form));
  body.set('action', action);
  const reply = await fetch(form.getAttribute('action'), { method: 'POST', body, signal });
  return new DOMParser().parseFromString(await reply.text(), 'text/html');
}
function take(page, id) {
  const part = page.getElementById(id);
  if (!part) throw new Error(`no ${id}`);
  document.getElementById(id).replaceChildren(...part.childNodes);
}

form.addEventListener('submit', (event) => {
  if (event.submitter !== checkButton) return;
  event.preventDefault();
  void check();
});
async function check() {
  checking?.abort();
  checking = new AbortController();
  const own = checking;
  keep();
  state.textContent = texts.checking;
  form.setAttribute('aria-busy', 'true');
  try {
    const page = await send('check', own.signal);
    take(page, 'problems');
    take(page, 'check');
    state.textContent = '';
    const shown = document.querySelector('#problems section') ?? document.getElementById('check');
    shown.focus({ preventScroll: true });
    shown.scrollIntoView({ block: 'nearest' });
  } catch {
    if (!own.signal.aborted) state.textContent = texts.failed;
  } finally {
    if (checking === own) form.removeAttribute('aria-busy');
  }
}

// The resolved YAML follows the settings.
for (const kind of ['input', 'change'])
  form.addEventListener(kind, ({ target }) => {
    if (!target.name?.startsWith('s.')) return;
    clearTimeout(resolveTimer);
    resolveTimer = setTimeout(() => void resolve(), RESOLVE_AFTER_MS);
  });
async function resolve() {
  resolving?.abort();
  resolving = new AbortController();
  const own = resolving;
  try {
    const page = await send('resolve', own.signal);
    const problems = page.querySelectorAll('#problems li').length;
    for (const field of form.querySelectorAll('.setting')) field.classList.toggle('invalid', isInvalid(page, field));
    if (problems === 0) document.getElementById('resolved-yaml').textContent = page.getElementById('resolved-yaml').textContent;
  } catch {
    // The next change asks again; the start checks everything once more.
  }
}
function isInvalid(page, field) {
  const input = field.querySelector('[name]');
  return page.getElementById(input.id)?.closest('.setting').classList.contains('invalid') ?? false;
}

// Another base keeps what was typed about the source.
document.querySelector('.bases').addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (!link) return;
  const url = new URL(link.href);
  for (const name of ['input_dir', 'site', 'line_id', 'metadata_csv', 'output_dir']) {
    const { value } = form.elements[name];
    if (value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  link.href = url.href;
});

const dialog = document.getElementById('folders');
const list = document.getElementById('folders-list');
let place = null;
document.getElementById('browse').addEventListener('click', async () => {
  dialog.returnValue = '';
  dialog.showModal();
  const typed = form.elements.input_dir.value.trim();
  if (!(await walk(typed === '' ? null : typed)) && typed !== '') await walk(null);
});
async function walk(path) {
  const problem = document.getElementById('folders-problem');
  problem.textContent = '';
  const reply = await fetch(`/training/input-folders${path === null ? '' : `?path=${encodeURIComponent(path)}`}`, {
    headers: { Accept: 'application/json' },
  }).catch(() => null);
  const answer = await reply?.json().catch(() => null);
  if (!reply?.ok) {
    const particulars = answer?.details?.message;
    problem.textContent = particulars ? `${answer.message} (${particulars})` : (answer?.message ?? texts.failed);
    return false;
  }
  place = answer;
  document.getElementById('folders-path').textContent = answer.path ?? texts.roots;
  document.getElementById('folders-choose').disabled = answer.path === null;
  const rows = answer.folders.map((folder) => row(folder.name, folder.path, folder.has_ok ? texts.hasOk : ''));
  if (answer.parent !== undefined) rows.unshift(row(`↑ ${texts.up}`, answer.parent, ''));
  if (answer.folders.length === 0) rows.push(note(texts.noFolders));
  if (answer.left_out > 0) rows.push(note(texts.leftOut.replace('{count}', answer.left_out)));
  list.replaceChildren(...rows);
  list.querySelector('button')?.focus();
  return true;
}
function row(name, path, mark) {
  const item = document.createElement('li');
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'folder' });
  button.append(name);
  if (mark !== '') button.append(Object.assign(document.createElement('span'), { className: 'status status-completed', textContent: mark }));
  button.addEventListener('click', () => void walk(path));
  item.append(button);
  return item;
}
function note(text) {
  return Object.assign(document.createElement('li'), { className: 'muted', textContent: text });
}
dialog.addEventListener('close', () => {
  if (dialog.returnValue !== 'choose' || place?.path == null) return;
  form.elements.input_dir.value = place.path;
  void check();
});

// A reload loses nothing: what was typed comes back, and a check that was asked for is made again.
const KEPT_AS = `new training${location.search}`;
const fields = () => [...form.elements].filter(({ id, type }) => id && !['hidden', 'submit', 'button'].includes(type));
function keep() {
  const values = fields().map((field) => [field.id, field.type === 'checkbox' ? field.checked : field.value]);
  sessionStorage.setItem(KEPT_AS, JSON.stringify({ values, checked: checking !== null }));
}
function bringBack({ values, checked }) {
  const byId = new Map(fields().map((field) => [field.id, field]));
  for (const [id, value] of values) {
    const field = byId.get(id);
    if (field) field[field.type === 'checkbox' ? 'checked' : 'value'] = value;
  }
  void resolve();
  if (checked) void check();
}
for (const kind of ['input', 'change']) form.addEventListener(kind, keep);
dialog.addEventListener('close', keep);
const [{ type: arrival }] = performance.getEntriesByType('navigation');
const kept = sessionStorage.getItem(KEPT_AS);
if (arrival === 'reload' && kept !== null) bringBack(JSON.parse(kept));
else sessionStorage.removeItem(KEPT_AS);
