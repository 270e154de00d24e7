import { InvalidArgumentError } from 'commander';
import { REPORT_LANGUAGES, type ReportLanguage } from '../training/config.js';

/** For an option that names a language of reports. */
export function reportLanguage(value: string): ReportLanguage {
  const language = REPORT_LANGUAGES.find((one) => one === value);
  if (language === undefined)
    throw new InvalidArgumentError(`Expected one of ${REPORT_LANGUAGES.join(', ')}, got "${value}".`);
  return language;
}
