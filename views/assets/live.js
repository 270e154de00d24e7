// A stream of events that is there as long as the page is seen, and comes back.
const AGAIN_MS = 5_000;

/**
 * Listens to the address that `addressAfter` gives for the last event's id, or null. Browsers give a stream up for good
 * at any answer but 200, as a proxy gives while the service restarts; and they allow a site six connections, those of
 * hidden tabs among them. Returns what ends it.
 */
export function listenTo(addressAfter, listeners) {
  let source = null;
  let last = null;
  let over = false;

  function open() {
    if (over || source || document.visibilityState === 'hidden') return;
    source = new EventSource(addressAfter(last));
    for (const [kind, handle] of Object.entries(listeners))
      source.addEventListener(kind, (event) => {
        last = event.lastEventId || last;
        handle(event);
      });
    source.addEventListener('error', () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(() => void again(), AGAIN_MS);
    });
  }
  /** Whoever was signed out meanwhile sees it. */
  async function again() {
    if (over || document.visibilityState === 'hidden') return;
    const page = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' }).catch(() => null);
    if (page?.redirected) return location.reload();
    open();
  }
  function close() {
    source?.close();
    source = null;
  }
  document.addEventListener('visibilitychange', () => (document.visibilityState === 'hidden' ? close() : open()));
  open();
  return () => {
    over = true;
    close();
  };
}
