/** Okabe and Ito's colours, told apart with any common colour vision. */
export const COLOURS = {
  good: '#0072B2',
  bad: '#D55E00',
  other: '#E69F00',
  third: '#009E73',
  fourth: '#CC79A7',
  ink: '#1F2933',
  muted: '#66727F',
  grid: '#E4E8EC',
  paper: '#FFFFFF',
} as const;

export function withAlpha(hex: string, alpha: number): string {
  const byte = Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0');
  return `${hex}${byte}`;
}
