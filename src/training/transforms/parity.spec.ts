import { expect, it } from '@jest/globals';
import { describeWithShared, sharedPath } from '../../../test/support/shared-data.js';
import { readSafetensors, type StoredTensor } from '../weights/index.js';
import { adjustBrightness, adjustContrast, adjustSaturation } from './colour.js';
import { adjustHue } from './hue.js';
import { normalisePlanes, toPlanes } from './planes.js';
import { applyRandAugment, RAND_AUGMENT_OPERATIONS, type RandAugmentName } from './rand-augment.js';
import { resizeBilinear } from './resize.js';
import type { RgbImage } from './rgb-image.js';
import { TabledImage } from './tabled-image.js';

describeWithShared('preprocessing against Pillow and torchvision', 'parity/prep.safetensors', () => {
  it.each([24, 64])('resizes to %i px to the last bit', async (sizePx) => {
    const { image, tensors } = await vectors('image_37x53');
    expect(resizeBilinear(image, sizePx).data).toEqual(bytesOf(tensors.get(`resize_${sizePx}`)!));
  });

  it('normalises as ToTensor and Normalize do', async () => {
    const { image, tensors } = await vectors('resize_24');
    const planes = normalisePlanes(toPlanes(image), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
    const expected = tensors.get('tensor_norm_24')!.data;
    planes.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it.each([
    ['jitter_brightness_1.15', (picture: TabledImage) => adjustBrightness(picture, 1.15)],
    ['jitter_contrast_0.85', (picture: TabledImage) => adjustContrast(picture, 0.85)],
    ['jitter_saturation_1.2', (picture: TabledImage) => adjustSaturation(picture, 1.2)],
    ['jitter_hue_0.07', (picture: TabledImage) => adjustHue(picture, 0.07)],
  ])('%s equals torchvision', async (name, adjust) => {
    const { image, tensors } = await vectors('resize_24');
    expect(worstDifference(adjust(new TabledImage(image)).image(), tensors.get(name)!)).toBeLessThanOrEqual(1);
  });

  it.each(Object.keys(RAND_AUGMENT_OPERATIONS) as RandAugmentName[])(
    'RandAugment %s equals torchvision',
    async (name) => {
      const { image, tensors } = await vectors('resize_24');
      const after = (sign: 1 | -1) => applyRandAugment(new TabledImage(image), name, 9, sign).image();
      expect(worstDifference(after(1), tensors.get(`randaug_${name}`)!)).toBeLessThanOrEqual(1);
      const negative = tensors.get(`randaug_${name}_neg`);
      if (RAND_AUGMENT_OPERATIONS[name].signed) expect(worstDifference(after(-1), negative!)).toBeLessThanOrEqual(1);
      else expect(negative).toBeUndefined();
    },
  );
});

async function vectors(input: string): Promise<{ image: RgbImage; tensors: Map<string, StoredTensor> }> {
  const { tensors } = await readSafetensors(sharedPath('parity/prep.safetensors'));
  const { shape, data } = tensors.get(input)!;
  return { image: { widthPx: shape[1]!, heightPx: shape[0]!, data: Uint8Array.from(data) }, tensors };
}

function bytesOf(tensor: StoredTensor): Uint8Array {
  return Uint8Array.from(tensor.data);
}

function worstDifference(image: RgbImage, expected: StoredTensor): number {
  return image.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected.data[i]!)), 0);
}
