// Follows a task's events and keeps the page current; without it the page is right as of its loading.
import { chartAfterPaint, themeColour } from './charts.js';
import { listenTo } from './live.js';

const live = document.getElementById('live');
const texts = JSON.parse(live.dataset.texts);
const locale = document.documentElement.lang;
const figure = (value, digits = 4) =>
  typeof value === 'number' ? value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }) : '';
const rate = (value) => (typeof value === 'number' ? value.toLocaleString(locale, { maximumSignificantDigits: 3 }) : '');
const share = (value) => (typeof value === 'number' ? value.toLocaleString(locale, { style: 'percent' }) : '');
const canvas = document.getElementById('curves');
const points = canvas ? JSON.parse(canvas.dataset.points) : [];
let chart = null;
if (canvas) void chartAfterPaint().then((Chart) => (chart = Chart && drawCurves(Chart, canvas)));

if (live.hasAttribute('data-live')) follow();

function follow() {
  const address = (after) => `/training/events/${live.dataset.task}?after=${after ?? live.dataset.lastEvent}`;
  const set = (root, field, text) => {
    const target = root.querySelector(`[data-field="${field}"]`);
    if (target) target.textContent = text;
  };
  const showProgress = ({ progress, message, step, metrics }) => {
    const left = metrics?.secondsLeft > 0 ? `${texts.timeLeft}: ${duration(metrics.secondsLeft)}` : '';
    if (typeof progress === 'number') {
      live.querySelector('progress').value = Math.floor(progress * 100);
      set(live, 'percent', (Math.floor(progress * 100) / 100).toLocaleString(locale, { style: 'percent' }));
    }
    set(live, 'message', [[texts.steps[step], message].filter(Boolean).join(': '), left].filter(Boolean).join(' · '));
  };
  const handlers = {
    progress: ({ data }) => showProgress(data),
    step: ({ data }) => {
      showProgress(data);
      const item = live.querySelector(`[data-step="${CSS.escape(data.step)}"]`);
      if (!item) return;
      item.className = `step step-${data.status}`;
      set(item, 'state', data.durationMs === undefined ? (texts[data.status] ?? '') : duration(data.durationMs / 1000));
    },
    log: ({ at, data }) => {
      document.getElementById('log-empty')?.remove();
      const log = document.getElementById('log');
      const line = document.createElement('li');
      line.className = `log-${data.level}`;
      line.textContent = `${new Date(at).toLocaleTimeString(locale, { hour12: false })} ${data.message}`;
      log.append(line);
      log.scrollTop = log.scrollHeight;
    },
    epoch: ({ data }) => {
      const body = document.getElementById('epochs');
      if (!body) return location.reload();
      const row = body.insertRow();
      for (const text of [data.epoch, figure(data.trainLoss), figure(data.valPrecisionAt1), figure(data.valMapAtR), figure(data.imagesPerSecond, 1), rate(data.learningRate), share(data.waitShare)])
        row.insertCell().textContent = text;
      addPoint(data);
    },
    // A new state means other actions and other headings: the server renders those.
    state: () => location.reload(),
    end: () => stop(),
  };
  const stop = listenTo(
    address,
    Object.fromEntries(Object.entries(handlers).map(([kind, handle]) => [kind, (event) => handle(JSON.parse(event.data))])),
  );
}

/** As the service writes it: the two largest units, or seconds with one decimal. */
function duration(seconds) {
  const part = (value, unit, digits = 0) =>
    value.toLocaleString(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits });
  const tenths = Math.round(seconds * 10);
  if (tenths < 600) return part(tenths / 10, 'second', 1);
  const whole = Math.round(tenths / 10);
  const [days, hours, minutes] = [whole / 86_400, (whole / 3600) % 24, (whole / 60) % 60].map(Math.floor);
  if (days) return `${part(days, 'day')} ${part(hours, 'hour')}`;
  if (hours) return `${part(hours, 'hour')} ${part(minutes, 'minute')}`;
  return `${part(minutes, 'minute')} ${part(whole % 60, 'second')}`;
}

function drawCurves(Chart, target) {
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
      plugins: { legend: { labels: { color: ink, usePointStyle: true, pointStyle: 'line' } } },
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
  points.push(data);
  if (!chart) return;
  chart.data.labels.push(data.epoch);
  for (const set of chart.data.datasets) set.data.push(data[set.key] ?? null);
  chart.update();
}
