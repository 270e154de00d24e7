// Keeps the dashboard current: asks for the page again and swaps what has changed. Without it the page is right as of its loading.
const EVERY_MS = 3000;
const REGIONS = ['current', 'list'];

async function refresh() {
  if (document.visibilityState === 'hidden') return;
  const offline = document.getElementById('offline');
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
    if (answer.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    // The first task of all brings other headings.
    if (answer.ok && !document.getElementById('list') !== !page.getElementById('list')) return location.reload();
    for (const id of REGIONS) swap(document.getElementById(id), page.getElementById(id));
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  }
}

function swap(old, fresh) {
  if (!old || !fresh || old.innerHTML === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  old.innerHTML = fresh.innerHTML;
  if (focused !== null) old.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

setInterval(() => void refresh(), EVERY_MS);
