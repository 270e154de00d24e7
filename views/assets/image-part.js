// Sorting by keys, ranges and clicks, each change undoable. Without it the form is a plain form.
const form = document.getElementById('grid');
const texts = JSON.parse(form.dataset.texts);
const { part, place } = JSON.parse(form.dataset.rest);
const token = form.querySelector('[name=_csrf]')?.value;
const grid = form.querySelector('.tiles');
const zoom = document.getElementById('grid-zoom');
const past = [];
/** The state that the list shows alone, or `all`. */
const filter = document.querySelector('[data-filter][aria-current]').dataset.filter;
const next = document.querySelector('.pager [rel=next]');
const nextOffset = next && Number(new URL(next.href).searchParams.get('offset'));
let anchor = null;
let work = Promise.resolve();

const tiles = () => [...grid.querySelectorAll('.tile:not([hidden])')];
const boxOf = (tile) => tile.querySelector('input');
const focused = () => document.activeElement?.closest?.('.tile') ?? null;
const selected = () => tiles().filter((tile) => boxOf(tile).checked);

function say(text) {
  document.getElementById('grid-said').textContent = text;
}
function showCount() {
  const count = selected().length;
  document.getElementById('grid-count').textContent = count === 0 ? '' : texts.selected.replace('{count}', count);
  document.getElementById('grid-undo').disabled = past.length === 0;
}
function focus(tile) {
  boxOf(tile).focus({ preventScroll: true });
  tile.scrollIntoView({ block: 'nearest', behavior: 'instant' });
}
/** Selects from the anchor to `tile`, and nothing else. */
function extend(tile) {
  const all = tiles();
  anchor ??= focused() ?? tile;
  const [from, to] = [all.indexOf(anchor), all.indexOf(tile)].sort((a, b) => a - b);
  all.forEach((one, i) => (boxOf(one).checked = i >= from && i <= to));
  showCount();
}
function select(none) {
  for (const tile of tiles()) boxOf(tile).checked = !none;
  showCount();
}

/** How many tiles stand in a row at the moment. */
function columns() {
  const all = tiles();
  const second = all.findIndex((tile) => tile.offsetTop !== all[0].offsetTop);
  return second === -1 ? all.length : second;
}
function move(by, withShift) {
  const all = tiles();
  const here = focused();
  const at = here ? all.indexOf(here) : -1;
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return;
  if (withShift) extend(next);
  else anchor = next;
  focus(next);
}

// The English message, with its particulars, stands beside a translated one.
const reasonOf = ({ message, details }) => (details?.message ? `${message} (${details.message})` : message);

async function ask(method, path, body) {
  const headers = { ...(body ? { 'Content-Type': 'application/json' } : {}), ...(token ? { 'X-CSRF-Token': token } : {}) };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const result = await answer.json();
  if (!answer.ok) throw new Error(reasonOf(result));
  return result;
}
const classify = (classifications) => ask('POST', `/download/classify/${part}?${place}`, { classifications });

function show(tile, label) {
  const before = tile.dataset.label;
  count(before, -1);
  count(label, 1);
  tile.dataset.label = label;
  tile.className = `tile tile-${label}`;
  tile.querySelector('.tile-label').textContent = texts.labels[label];
  boxOf(tile).setAttribute('aria-label', `${tile.dataset.file}, ${texts.labels[label]}`);
}
function count(label, by) {
  const shown = document.querySelector(`[data-filter="${label}"] span`);
  const now = Number(shown.textContent.replace(/\D/g, '')) + by;
  shown.textContent = now.toLocaleString(document.documentElement.lang);
  const use = document.getElementById('use');
  if (label !== 'OK' || !use) return;
  use.hidden = now === 0;
  document.getElementById('use-hint').hidden = now > 0;
}

/** What is selected, or where one is; then one is at the next. */
function chosen() {
  const some = selected();
  const here = focused();
  return some.length > 0 ? some : here ? [here] : [];
}
function goOn(done) {
  const all = tiles();
  const next = all[all.indexOf(done.at(-1)) + 1] ?? done.at(-1);
  select(true);
  anchor = next;
  if (!next.hidden) focus(next);
}
function sort(as) {
  const some = chosen();
  if (some.length === 0) return;
  goOn(some);
  run(async () => {
    const label = as === 'unsorted' ? null : as;
    const { before } = await classify(Object.fromEntries(some.map((tile) => [tile.dataset.file, label])));
    for (const tile of some) show(tile, as);
    if (Object.keys(before).length > 0) past.push({ before, tiles: some });
    say(texts.sorted.replace('{count}', some.length).replace('{label}', texts.labels[as]));
  });
}
function discard() {
  const some = chosen();
  if (some.length === 0 || !form.querySelector('[value=trash]')) return;
  goOn(some);
  run(async () => {
    const gone = [];
    for (const tile of some) {
      await ask('DELETE', `/download/images/${part}/${encodeURIComponent(tile.dataset.file)}?${place}`);
      tile.hidden = true;
      count(tile.dataset.label, -1);
      count('all', -1);
      // Once there is one, so that there is something to undo when a later one fails.
      if (gone.push(tile) === 1) past.push({ gone });
    }
    say(texts.deleted.replace('{count}', some.length));
  });
}
function undo() {
  run(async () => {
    const last = past.pop();
    if (!last) return;
    try {
      if (last.gone) {
        await ask('POST', `/download/restore/${part}?${place}`, { files: last.gone.map((tile) => tile.dataset.file) });
        for (const tile of last.gone) {
          tile.hidden = false;
          count(tile.dataset.label, 1);
          count('all', 1);
        }
        focus(last.gone[0]);
      } else {
        await classify(last.before);
        for (const tile of last.tiles) if (tile.dataset.file in last.before) show(tile, last.before[tile.dataset.file] ?? 'unsorted');
        focus(last.tiles[0]);
      }
      say(texts.undone);
    } catch (error) {
      past.push(last);
      throw error;
    }
  });
}
/** The list goes on behind what it still has: what was sorted or thrown out of it lets the rest move up. */
function leadOn() {
  if (!next) return;
  const gone = (tile) => tile.hidden || (filter !== 'all' && tile.dataset.label !== filter);
  const to = new URL(next.href);
  to.searchParams.set('offset', nextOffset - [...grid.querySelectorAll('.tile')].filter(gone).length);
  next.href = to.href;
}
/** One change at a time, in the order in which they were asked for. */
function run(change) {
  work = work.then(change).catch((error) => say(texts.failed.replace('{reason}', error.message)));
  work = work.then(leadOn);
  void work.then(showCount);
}

function enlarge(tile) {
  const image = Object.assign(document.createElement('img'), { src: tile.querySelector('.tile-name').href, alt: tile.dataset.file });
  zoom.querySelector('.zoomed').replaceChildren(image);
  zoom.showModal();
}

const KEYS = {
  ArrowLeft: (event) => move(-1, event.shiftKey),
  ArrowRight: (event) => move(1, event.shiftKey),
  ArrowUp: (event) => move(-columns(), event.shiftKey),
  ArrowDown: (event) => move(columns(), event.shiftKey),
  Home: (event) => move(-Infinity, event.shiftKey),
  End: (event) => move(Infinity, event.shiftKey),
  o: () => sort('OK'),
  n: () => sort('NG'),
  u: () => sort('unsorted'),
  Delete: discard,
  z: undo,
  Enter: () => focused() && enlarge(focused()),
  Escape: () => select(true),
};
document.addEventListener('keydown', (event) => {
  if (zoom.open || event.target.closest('a, button, summary, select')) return;
  if (event.altKey || ((event.ctrlKey || event.metaKey) && !['z', 'a'].includes(event.key))) return;
  if (event.key === 'a') {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    return select(false);
  }
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(event);
});
grid.addEventListener('click', (event) => {
  const tile = event.target.closest('.tile');
  if (!tile || event.target.closest('a')) return;
  if (event.shiftKey) {
    event.preventDefault();
    // The browser sets the box back after a prevented click; the range is drawn after that.
    setTimeout(() => {
      extend(tile);
      focus(tile);
    });
  } else if (event.target.matches('input')) anchor = tile;
});
grid.addEventListener('dblclick', (event) => {
  const tile = event.target.closest('.tile');
  if (tile && !event.target.closest('a')) enlarge(tile);
});
grid.addEventListener('change', showCount);
zoom.addEventListener('click', (event) => event.target === zoom && zoom.close());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const as = event.submitter?.value;
  if (as === 'trash') discard();
  else if (as) sort(as);
});
// Where it leads is known once the changes under way are done.
next?.addEventListener('click', (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void work.then(() => location.assign(next.href));
});
document.getElementById('grid-undo').addEventListener('click', undo);
document.getElementById('grid-all').addEventListener('click', () => select(false));
if (tiles()[0]) boxOf(tiles()[0]).focus({ preventScroll: true });
showCount();
