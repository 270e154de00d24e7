// What charts share: Chart.js itself, and colours of the page's theme.

/**
 * Chart.js, fetched and read once the page is painted: its 200 KB would compete with the first content.
 * @returns null where it cannot be had; the table beside a chart has the same figures.
 */
export async function chartAfterPaint() {
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  const script = Object.assign(document.createElement('script'), { src: '/vendor/chart.js' });
  const loaded = new Promise((done) => (script.onload = script.onerror = done));
  document.head.append(script);
  await loaded;
  return globalThis.Chart ?? null;
}

/** Resolved, where custom properties hold light and dark together. */
export function themeColour(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
