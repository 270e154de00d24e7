/** Differences as small as this, of the limit, are left by the arithmetic. */
const NOISE = 1e-9;

/** How many digits `value` takes after the point, at least `digits`, so that only the limit itself reads as it. */
export function digitsBelow(limit: number, value: number, digits: number): number {
  if (value >= limit * (1 - NOISE)) return digits;
  let enough = digits;
  while (Number(value.toFixed(enough)) >= limit) enough++;
  return enough;
}

/** A length of time in whole units, rounded before it is taken apart: 119.6 s are 2 min 0 s and never 1 min 60 s. */
export function wholeTime(seconds: number): {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
} {
  const whole = Math.round(seconds);
  return { hours: Math.floor(whole / 3600), minutes: Math.floor(whole / 60) % 60, seconds: whole % 60 };
}
