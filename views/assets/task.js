// Follows a task's events and keeps the page current; without it the page is right as of its loading.
import { themeColour } from './chart-style.js';

const live = document.getElementById('live');
const texts = JSON.parse(live.dataset.texts);
const locale = document.documentElement.lang;
const figure = (value, digits = 4) =>
  typeof value === 'number' ? value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }) : '';
const rate = (value) => (typeof value === 'number' ? value.toLocaleString(locale, { maximumSignificantDigits: 3 }) : '');
const share = (value) => (typeof value === 'number' ? value.toLocaleString(locale, { style: 'percent' }) : '');
const canvas = document.getElementById('curves');
const chart = canvas && globalThis.Chart ? drawCurves(canvas) : null;

if (live.hasAttribute('data-live')) follow();

function follow() {
  const source = new EventSource(`/training/events/${live.dataset.task}?after=${live.dataset.lastEvent}`);
  const on = (kind, handle) => source.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
  const set = (root, field, text) => {
    const target = root.querySelector(`[data-field="${field}"]`);
    if (target) target.textContent = text;
  };
  const showProgress = ({ progress, message, step, metrics }) => {
    const left = metrics?.secondsLeft > 0 ? `${texts.timeLeft}: ${seconds(1000 * metrics.secondsLeft)}` : '';
    if (typeof progress === 'number') {
      live.querySelector('progress').value = Math.floor(progress * 100);
      set(live, 'percent', (Math.floor(progress * 100) / 100).toLocaleString(locale, { style: 'percent' }));
    }
    set(live, 'message', [[texts.steps[step], message].filter(Boolean).join(': '), left].filter(Boolean).join(' · '));
  };
  on('progress', ({ data }) => showProgress(data));
  on('step', ({ data }) => {
    showProgress(data);
    const item = live.querySelector(`[data-step="${CSS.escape(data.step)}"]`);
    if (!item) return;
    item.className = `step step-${data.status}`;
    set(item, 'state', data.durationMs === undefined ? (texts[data.status] ?? '') : seconds(data.durationMs));
  });
  on('log', ({ at, data }) => {
    document.getElementById('log-empty')?.remove();
    const log = document.getElementById('log');
    const line = document.createElement('li');
    line.className = `log-${data.level}`;
    line.textContent = `${new Date(at).toLocaleTimeString(locale, { hour12: false })} ${data.message}`;
    log.append(line);
    log.scrollTop = log.scrollHeight;
  });
  on('epoch', ({ data }) => {
    const body = document.getElementById('epochs');
    if (!body) return location.reload();
    const row = body.insertRow();
    for (const text of [data.epoch, figure(data.trainLoss), figure(data.valPrecisionAt1), figure(data.valMapAtR), figure(data.imagesPerSecond, 1), rate(data.learningRate), share(data.waitShare)])
      row.insertCell().textContent = text;
    if (chart) addPoint(data);
  });
  // A new state means other actions and other headings: the server renders those.
  on('state', () => location.reload());
  source.addEventListener('end', () => source.close());
}

function seconds(ms) {
  return (ms / 1000).toLocaleString(locale, { style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: 1 });
}

function drawCurves(target) {
  const points = JSON.parse(target.dataset.points);
  const [ink, line] = [themeColour('--ink'), themeColour('--line')];
  const dataset = (label, key, stroke, yAxisID, borderDash = []) => ({
    label, key, yAxisID, borderDash, borderColor: stroke, backgroundColor: stroke, borderWidth: 2, pointRadius: 3, tension: 0.2,
    data: points.map((point) => point[key] ?? null),
  });
  const axis = (text, position, more = {}) => ({
    position, title: { display: true, text, color: ink }, ticks: { color: ink }, grid: { color: line, drawOnChartArea: position === 'left' }, ...more,
  });
  return new Chart(target, {
    type: 'line',
    data: {
      labels: points.map(({ epoch }) => epoch),
      datasets: [
        dataset(texts.loss, 'trainLoss', themeColour('--plot-1'), 'loss'),
        dataset(texts.precision, 'valPrecisionAt1', themeColour('--plot-2'), 'share', [6, 3]),
        dataset(texts.map, 'valMapAtR', themeColour('--plot-3'), 'share', [2, 3]),
        dataset(texts.learningRate, 'learningRate', themeColour('--soft'), 'rate', [8, 4]),
      ],
    },
    options: {
      locale, animation: false, maintainAspectRatio: false, interaction: { mode: 'index', intersect: false },
      plugins: { legend: { labels: { color: ink } } },
      scales: {
        x: axis(texts.epoch, 'bottom'),
        loss: axis(texts.loss, 'left'),
        // Chart.js takes a scale for radial when its name begins with an r and nothing else says what it is.
        rate: { axis: 'y', display: false, min: 0 },
        share: axis('P@1, MAP@R', 'right', { min: 0, max: 1 }),
      },
    },
  });
}

function addPoint(data) {
  chart.data.labels.push(data.epoch);
  for (const set of chart.data.datasets) set.data.push(data[set.key] ?? null);
  chart.update();
}
