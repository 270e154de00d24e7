const square = (offset: number): string => `
        (local.set $x (v128.load offset=${offset} (local.get $g)))
        (local.set $x (f32x4.mul (local.get $x) (local.get $x)))`;

/**
 * AdamW (Loshchilov & Hutter 2019, as PyTorch computes it) over one contiguous range, four floats at a
 * time. Byte offsets point into one imported memory; `count` is a multiple of four.
 *
 *   p *= decay;  m = m + (1 - beta1)(g - m);  v = beta2 v + (1 - beta2) g²;
 *   p -= stepSize * m / (sqrt(v) * inverseRootCorrection + eps)
 */
export const ADAMW_WAT = `
(module
  (import "env" "memory" (memory 1 65536))

  (func (export "adamw")
    (param $p i32) (param $g i32) (param $m i32) (param $v i32) (param $count i32)
    (param $gradScale f32) (param $decay f32) (param $beta1 f32) (param $beta2 f32)
    (param $stepSize f32) (param $inverseRootCorrection f32) (param $eps f32)
    (local $end i32) (local $g4 v128) (local $m4 v128) (local $v4 v128)
    (local.set $end (i32.add (local.get $p) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $g4 (f32x4.mul (v128.load (local.get $g)) (f32x4.splat (local.get $gradScale))))
        (local.set $m4 (v128.load (local.get $m)))
        (local.set $m4 (f32x4.add (local.get $m4)
          (f32x4.mul (f32x4.sub (local.get $g4) (local.get $m4))
            (f32x4.splat (f32.sub (f32.const 1) (local.get $beta1))))))
        (v128.store (local.get $m) (local.get $m4))
        (local.set $v4 (f32x4.add
          (f32x4.mul (v128.load (local.get $v)) (f32x4.splat (local.get $beta2)))
          (f32x4.mul (f32x4.mul (local.get $g4) (local.get $g4))
            (f32x4.splat (f32.sub (f32.const 1) (local.get $beta2))))))
        (v128.store (local.get $v) (local.get $v4))
        (v128.store (local.get $p)
          (f32x4.sub
            (f32x4.mul (v128.load (local.get $p)) (f32x4.splat (local.get $decay)))
            (f32x4.div
              (f32x4.mul (local.get $m4) (f32x4.splat (local.get $stepSize)))
              (f32x4.add
                (f32x4.mul (f32x4.sqrt (local.get $v4)) (f32x4.splat (local.get $inverseRootCorrection)))
                (f32x4.splat (local.get $eps))))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (br $next))))

  ;; Sixteen floats at a time: four squares a lane in single precision, their sums in double. A square
  ;; beyond single precision makes the result infinite; the caller looks again.
  (func (export "sumOfSquares") (param $g i32) (param $count i32) (result f64)
    (local $end i32) (local $endOfSixteens i32)
    (local $x v128) (local $sum v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $g) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $endOfSixteens
      (i32.add (local.get $g) (i32.and (i32.shl (local.get $count) (i32.const 2)) (i32.const -64))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $g) (local.get $endOfSixteens)))
        ${square(0)} (local.set $sum (local.get $x))
        ${square(16)} (local.set $sum (f32x4.add (local.get $sum) (local.get $x)))
        ${square(32)} (local.set $sum (f32x4.add (local.get $sum) (local.get $x)))
        ${square(48)} (local.set $sum (f32x4.add (local.get $sum) (local.get $x)))
        (local.set $low (f64x2.add (local.get $low) (f64x2.promote_low_f32x4 (local.get $sum))))
        (local.set $high (f64x2.add (local.get $high) (f64x2.promote_low_f32x4
          (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $sum) (local.get $sum)))))
        (local.set $g (i32.add (local.get $g) (i32.const 64)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $g) (local.get $end)))
        ${square(0)}
        (local.set $low (f64x2.add (local.get $low) (f64x2.promote_low_f32x4 (local.get $x))))
        (local.set $high (f64x2.add (local.get $high) (f64x2.promote_low_f32x4
          (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $x)))))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (br $next)))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))))
`;
