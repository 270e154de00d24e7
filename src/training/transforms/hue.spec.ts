import { expect, it } from '@jest/globals';
import { Random } from '../../common/index.js';
import { adjustHue } from './hue.js';
import { newImage } from './rgb-image.js';
import { TabledImage } from './tabled-image.js';

const { fround } = Math;

it('turns the hue of every kind of pixel as Pillow computes it, channels that tie and greys too', () => {
  const image = newImage(64, 64);
  const random = new Random('hue');
  // Few values, so that channels tie often; then all values.
  for (let i = 0; i < image.data.length; i++)
    image.data[i] = i % 2 === 0 || i < 6000 ? random.integer(4) * 85 : random.integer(256);
  for (const factor of [-0.1, -0.03, 0, 0.05, 0.1]) {
    const turned = adjustHue(new TabledImage(image), factor).image().data;
    for (let i = 0; i < turned.length; i += 3)
      expect([...turned.subarray(i, i + 3)]).toEqual(
        fromHsv(toHsv([...image.data.subarray(i, i + 3)]), Math.trunc(factor * 255)),
      );
  }
});

/** `rgb2hsv_row` of Pillow's Convert.c, as it stands there. */
function toHsv(rgb: number[]): [hue: number, saturation: number, value: number] {
  const [red, green, blue] = rgb as [number, number, number];
  const largest = Math.max(...rgb);
  const smallest = Math.min(...rgb);
  if (largest === smallest) return [0, 0, largest];
  const range = largest - smallest;
  const [rc, gc, bc] = rgb.map((channel) => fround((largest - channel) / range)) as [number, number, number];
  const sixths = fround(red === largest ? bc - gc : green === largest ? 2 + rc - bc : 4 + gc - rc);
  const hue = fround((sixths / 6 + 1) % 1);
  return [Math.trunc(hue * 255), Math.trunc(fround(range / largest) * 255), Math.max(red, green, blue)];
}

/** `hsv2rgb`. */
function fromHsv([hue, saturation, value]: [number, number, number], shift: number): number[] {
  const circle = (((hue + shift) & 255) * 6) / 255;
  const sector = Math.floor(circle);
  const f = fround(circle - sector);
  const fs = fround(saturation / 255);
  const byte = (x: number): number => Math.max(0, Math.min(255, Math.floor(x + 0.5)));
  const [p, q, t] = [byte(value * (1 - fs)), byte(value * (1 - fs * f)), byte(value * (1 - fs * (1 - f)))];
  return [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ][sector % 6]!;
}
