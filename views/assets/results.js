// Enlarges pictures in place and draws the similarities; without it links open and the table has the figures.
import { chartAfterPaint, themeColour } from './charts.js';

const zoom = document.getElementById('zoom');
document.addEventListener('click', (event) => {
  const link = event.target.closest('a.zoomable');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  zoom.querySelector('.zoomed').replaceChildren(Object.assign(new Image(), { src: link.href, alt: link.querySelector('img').alt }));
  document.getElementById('zoom-name').textContent = new URL(link.href).searchParams.get('image') ?? '';
  zoom.showModal();
});
zoom?.addEventListener('click', ({ target }) => target === zoom && zoom.close());

const canvas = document.getElementById('similarities');
if (canvas) void chartAfterPaint().then((Chart) => Chart && draw(Chart, canvas));

function draw(Chart, target) {
  const { labels, series, threshold, axis } = JSON.parse(target.dataset.chart);
  const style = getComputedStyle(document.body);
  const [ink, line] = [themeColour('--ink'), themeColour('--line')];
  const colours = ['--plot-3', '--plot-1', '--plot-2'].map(themeColour);
  const atThreshold = {
    id: 'threshold',
    afterDatasetsDraw({ ctx, chartArea, scales: { x } }) {
      if (threshold === null) return;
      const step = x.getPixelForValue(1) - x.getPixelForValue(0);
      const at = x.getPixelForValue(0) + threshold.at * step;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = ink;
      ctx.setLineDash([5, 4]);
      ctx.beginPath();
      ctx.moveTo(at, chartArea.top);
      ctx.lineTo(at, chartArea.bottom);
      ctx.stroke();
      ctx.font = `12px ${style.fontFamily}`;
      ctx.textAlign = at > (chartArea.left + chartArea.right) / 2 ? 'right' : 'left';
      ctx.fillText(threshold.name, at + (ctx.textAlign === 'left' ? 6 : -6), chartArea.top + 12);
      ctx.restore();
    },
  };
  return new Chart(target, {
    type: 'bar',
    data: {
      labels,
      datasets: series.map(({ name, counts }, i) => ({ label: name, data: counts, backgroundColor: colours[i], stack: 'all', categoryPercentage: 1, barPercentage: 0.9 })),
    },
    options: {
      locale: document.documentElement.lang, animation: false, maintainAspectRatio: false, interaction: { mode: 'index', intersect: false },
      plugins: { legend: { labels: { color: ink } } },
      scales: {
        x: { stacked: true, title: { display: true, text: axis, color: ink }, ticks: { color: ink, maxTicksLimit: 10 }, grid: { display: false } },
        y: { stacked: true, ticks: { color: ink, precision: 0 }, grid: { color: line } },
      },
    },
    plugins: [atThreshold],
  });
}
