import { describe, expect, it } from '@jest/globals';
import { loadImage, createCanvas } from '@napi-rs/canvas';
import { classAccuracyChart } from './class-chart.js';
import { confusionChart, shortened } from './confusion-chart.js';
import { areaUnderRoc, operatingPoints } from './error-curves.js';
import { html, raw } from './html.js';
import { detChart, equalErrorRate, rocChart } from './roc-charts.js';
import { ENGLISH } from '../report-texts/index.js';
import type { ChartPicture, ChartStyle } from './render-chart.js';
import { similarityChart } from './similarity-chart.js';
import { thresholdChart } from './threshold-chart.js';
import { trainingChart } from './training-chart.js';

const STYLE: ChartStyle = { texts: ENGLISH, words: 'inside' };

/** How many pixels are not paper. */
async function inkOf({ png }: ChartPicture): Promise<{ width: number; height: number; ink: number }> {
  const image = await loadImage(Buffer.from(png));
  const ctx = createCanvas(image.width, image.height).getContext('2d');
  ctx.drawImage(image, 0, 0);
  const { data } = ctx.getImageData(0, 0, image.width, image.height);
  let ink = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i]! + data[i + 1]! + data[i + 2]! < 740) ink++;
  return { width: image.width, height: image.height, ink };
}

describe('charts', () => {
  const many = Array.from({ length: 200 }, (_, c) => `PRODUCT-${c}_COMPONENT_WITH_A_LONG_NAME_${c}_R`);

  it.each([
    ['one class', ['Up'], 1],
    ['five classes', ['Up', 'Right', 'Down', 'Left', 'NG'], 5],
    ['two hundred classes', many, 60],
  ])('draw a confusion matrix of %s', async (_, classes, shown) => {
    const counts = classes.map((_, r) => classes.map((_, c) => (r === c ? 5 : 0)));
    const { width, height, ink } = await inkOf(confusionChart({ classes, counts }, STYLE));
    expect(ink).toBeGreaterThan(2000);
    expect(Math.max(width, height)).toBeLessThan(5000);
    expect(Math.min(width, height)).toBeGreaterThan(Math.min(shown * 30, 700));
  });

  it.each([
    ['nothing to show', [], []],
    ['good parts alone', [0.9, 0.95], []],
    ['good and NG parts', [0.9, 0.95, 0.5], [0.1, 0.6]],
  ])('draw with %s', async (_, good, ng) => {
    const series = [{ name: 'NG', good, bad: ng }];
    const bars = good.map((accuracy, i) => ({ name: `class ${i}`, accuracy, interval: null, count: 1 }));
    for (const picture of [
      rocChart(series, STYLE),
      detChart(series, STYLE),
      similarityChart({ good, otherLabel: [], ng, thresholds: [0.7] }, STYLE),
      thresholdChart({ good, ng, confidence: 0.95 }, STYLE),
      classAccuracyChart(bars, STYLE),
      trainingChart([], null, STYLE),
    ])
      expect((await inkOf(picture)).ink).toBeGreaterThan(1000);
  });

  it('draw text on a machine without fonts', async () => {
    const bare = await inkOf(confusionChart({ classes: ['i'], counts: [[0]] }, STYLE));
    const worded = await inkOf(confusionChart({ classes: ['WWWWWWWW'], counts: [[0]] }, STYLE));
    expect(worded.ink - bare.ink).toBeGreaterThan(200);
  });

  it('shorten long names in the middle, where they differ least', () => {
    expect(shortened('short')).toBe('short');
    expect(shortened('A'.repeat(40) + '_top_Left')).toMatch(/^A+….*_top_Left$/);
  });
});

describe('error curves', () => {
  it('have the area of the chance that good scores above bad', () => {
    const good = [0.9, 0.8, 0.5, 0.5];
    const bad = [0.5, 0.4, 0.85];
    let wins = 0;
    for (const g of good) for (const b of bad) wins += g > b ? 1 : g === b ? 0.5 : 0;
    expect(areaUnderRoc(operatingPoints(good, bad))).toBeCloseTo(wins / 12, 12);
  });

  it('know perfect and hopeless scores', () => {
    expect(areaUnderRoc(operatingPoints([0.9], [0.1]))).toBe(1);
    expect(areaUnderRoc(operatingPoints([0.1], [0.9]))).toBe(0);
    expect(equalErrorRate(operatingPoints([0.9, 0.8], [0.1]))).toBe(0);
    expect(areaUnderRoc(operatingPoints([], [0.9]))).toBeNull();
  });
});

describe('html', () => {
  it('escapes all that is put in and is not markup', () => {
    const cells = [html`<i>${1}</i>`, null];
    const page = html`<p title="${'"'}">${"<script>&'"}</p>
      ${raw('<b>x</b>')}${cells}`;
    expect(page.text.replace(/\s*\n\s*/g, '')).toBe('<p title="&quot;">&lt;script&gt;&amp;&#39;</p><b>x</b><i>1</i>');
  });
});
