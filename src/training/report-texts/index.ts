export { isTextKey, type TextKey } from './en.js';
export {
  ENGLISH,
  REPORT_TEXTS,
  ReportTexts,
  type Share,
  type Statement,
  type TextValue,
  type TextValues,
} from './report-texts.js';
