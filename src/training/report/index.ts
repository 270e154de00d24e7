export { buildCompareReport, verdict } from './compare-report.js';
export { confusionChart } from './confusion-chart.js';
export { buildReport } from './build-report.js';
export { escapeHtml, html, Html, raw } from './html.js';
export { drawPlots, PLOT_NAMES, writePlots, type Plots } from './plots.js';
export type { ReportInputs } from './report-inputs.js';
export { reportStyle } from './style.js';
export { Thumbnails } from './thumbnails.js';
