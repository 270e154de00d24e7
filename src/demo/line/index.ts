export { AMR_COLUMN_NAMES, AMR_COLUMNS, type AmrColumn, type AmrRawDataRow } from './amr-raw-data.js';
export { drawContactSheet } from './contact-sheet.js';
export type { LineClass } from './catalogue.js';
export { generateLine, type GenerateLineOptions, type LineSummary } from './generate-line.js';
export { DEFECTS, type Defect } from './picture.js';
