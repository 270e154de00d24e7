import { inspectImages, scanInput, type ClassifiedImage } from '../../src/dataset/index.js';

/** All readable images of an input folder, as if the factory database named one product for all. */
export async function classify(inputDir: string, product = 'P'): Promise<ClassifiedImage[]> {
  const scanned = async function* () {
    for await (const entry of scanInput(inputDir)) if (entry.kind === 'image') yield entry.image;
  };
  const images: ClassifiedImage[] = [];
  for await (const { file, result } of inspectImages(scanned())) {
    if (!result.ok) throw new Error(result.reason);
    const { component, light } = file.name;
    images.push({ ...file, ...result.content, classKey: { product, component, light } });
  }
  return images;
}
