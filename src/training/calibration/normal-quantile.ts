/** Quantile of the standard normal (Acklam's rational approximation, relative error below 1.2e-9). */
export function inverseNormalCdf(p: number): number {
  const clamped = Math.min(1 - 1e-12, Math.max(1e-12, p));
  if (clamped < 0.024_25) return tail(Math.sqrt(-2 * Math.log(clamped)));
  if (clamped > 0.975_75) return -tail(Math.sqrt(-2 * Math.log(1 - clamped)));
  const q = clamped - 0.5;
  const r = q * q;
  const numerator = horner(
    [
      -39.696_830_286_653_76, 220.946_098_424_520_5, -275.928_510_446_968_7, 138.357_751_867_269,
      -30.664_798_066_147_16, 2.506_628_277_459_239,
    ],
    r,
  );
  const denominator = horner(
    [
      -54.476_098_798_224_06, 161.585_836_858_040_9, -155.698_979_859_886_6, 66.801_311_887_719_72,
      -13.280_681_552_885_72, 1,
    ],
    r,
  );
  return (numerator * q) / denominator;
}

function tail(q: number): number {
  const numerator = horner(
    [
      -0.007_784_894_002_430_293, -0.322_396_458_041_136_5, -2.400_758_277_161_838, -2.549_732_539_343_734,
      4.374_664_141_464_968, 2.938_163_982_698_783,
    ],
    q,
  );
  const denominator = horner(
    [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416, 1],
    q,
  );
  return numerator / denominator;
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}
