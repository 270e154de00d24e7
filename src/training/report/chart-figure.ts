import { html, raw, type Html } from './html.js';
import type { PlotName } from './plots.js';
import type { ReportContext } from './report-context.js';

/** A chart with its words around it: title, legend, and the names of its axes. */
export function chart({ charts }: ReportContext, name: PlotName): Html {
  const { png, widthPx, words, legend } = charts.get(name)!;
  const { title, subtitle, axes } = words!;
  const source = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  return html`<figure class="chart" style="max-width:${widthPx}px">
    <figcaption><b>${title}</b>${subtitle === '' ? '' : html`<span>${subtitle}</span>`}</figcaption>
    ${
      legend.length === 0
        ? ''
        : html`<ul>
            ${legend.map(({ name, colour, dashed }) => {
              const line = `border-top:3px ${dashed ? 'dashed' : 'solid'} ${colour}`;
              return html`<li><i style="${line}"></i>${name}</li>`;
            })}
          </ul>`
    }
    <div class="axis"><span>${axes.y}</span><span>${axes.loss}</span></div>
    ${raw(`<img src="${source}" alt="`)}${title}${raw('">')}
    <div class="axis across">${axes.x}</div>
  </figure>`;
}
