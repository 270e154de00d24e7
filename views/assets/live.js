// Follows a task's events and keeps the page current; without it the page is right as of its loading.
const live = document.getElementById('live');
if (live?.hasAttribute('data-live')) {
  const source = new EventSource(`/training/events/${live.dataset.task}?after=${live.dataset.lastEvent}`);
  const set = (root, field, text) => {
    const target = root?.querySelector(`[data-field="${field}"]`);
    if (target) target.textContent = text;
  };
  const showProgress = ({ progress, message, step }) => {
    const percent = Math.floor(progress * 100);
    live.querySelector('progress').value = percent;
    set(live, 'percent', `${percent} %`);
    set(live, 'message', message ?? step ?? '');
  };
  const on = (kind, handle) => source.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
  on('progress', ({ data }) => showProgress(data));
  on('step', ({ data }) => {
    showProgress(data);
    const item = live.querySelector(`[data-step="${data.step}"]`);
    if (!item) return;
    item.className = `step step-${data.status}`;
    set(item, 'state', data.durationMs === undefined ? data.status : `${(data.durationMs / 1000).toFixed(1)} s`);
  });
  on('log', ({ at, data }) => {
    const line = document.createElement('li');
    line.className = `log-${data.level}`;
    line.textContent = `${new Date(at).toLocaleTimeString('en-GB')} ${data.message}`;
    document.getElementById('log').append(line);
    line.scrollIntoView({ block: 'nearest' });
  });
  on('epoch', ({ data }) => {
    const body = document.getElementById('epochs');
    if (!body) return location.reload();
    const row = body.insertRow();
    const figure = (value) => (typeof value === 'number' ? value.toFixed(4) : '');
    for (const text of [data.epoch, figure(data.trainLoss), figure(data.valPrecisionAt1), figure(data.valMapAtR), data.imagesPerSecond?.toFixed(1) ?? ''])
      row.insertCell().textContent = text;
  });
  // A new state means other actions and other headings: the server renders those.
  on('state', () => location.reload());
  source.addEventListener('end', () => source.close());
}
