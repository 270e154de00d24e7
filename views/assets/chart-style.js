// Colours of the page's theme as a chart needs them: resolved, where custom properties hold light and dark together.
export function themeColour(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
