// Keeps the downloads current while one is at work: asks for the page again and swaps their list.
const EVERY_MS = 1500;

async function refresh() {
  if (document.visibilityState === 'hidden') return;
  const answer = await fetch('/images', { headers: { Accept: 'text/html' }, cache: 'no-store' }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const [old, fresh] = [document.getElementById('downloads'), page.getElementById('downloads')];
  if (!old || !fresh || old.innerHTML === fresh.innerHTML || old.contains(document.activeElement)) return;
  old.innerHTML = fresh.innerHTML;
  // The last download has ended: the list of parts has grown.
  if (!page.querySelector('script[src$="/images.js"]')) location.reload();
}

setInterval(() => void refresh(), EVERY_MS);
