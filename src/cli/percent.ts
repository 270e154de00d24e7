import { digitsBelow } from '../common/index.js';

/** `99.2 %`; only the whole reads 100.0 %. */
export function percent(share: number | null): string {
  return share === null ? 'not known' : `${percentNumber(share)} %`;
}

export function percentNumber(share: number): string {
  const value = share * 100;
  return value.toFixed(digitsBelow(100, value, 1));
}
