// Keeps the dashboard current: hears when a task has changed, asks for the page again and swaps what is different.
// Without it the page is right as of its loading.
import { listenTo } from './live.js';

const EVERY_MS = 10_000;
const REGIONS = ['current', 'list', 'machine'];
let asking = false;

async function refresh() {
  if (document.visibilityState === 'hidden' || asking) return;
  asking = true;
  const offline = document.getElementById('offline');
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
    if (answer.redirected) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    // The first task of all brings other headings.
    if (!document.getElementById('list') !== !page.getElementById('list')) return location.reload();
    for (const id of REGIONS) swap(document.getElementById(id), page.getElementById(id));
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  } finally {
    asking = false;
  }
}

function swap(old, fresh) {
  if (!old || !fresh || old.innerHTML === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  const opened = [...old.querySelectorAll('details[open]')].map(({ id }) => id);
  old.innerHTML = fresh.innerHTML;
  for (const id of opened) document.getElementById(id)?.setAttribute('open', '');
  if (focused !== null) old.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

listenTo(() => '/dashboard/events', { changed: () => void refresh() });
// For what is no task's news: the machine, ages, and a line that was cut.
setInterval(() => void refresh(), EVERY_MS);
document.addEventListener('visibilitychange', () => void refresh());
