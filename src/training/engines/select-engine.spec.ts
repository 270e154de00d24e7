import { describe, expect, it } from '@jest/globals';
import { listEngines, selectEngine } from './index.js';

const choose = (engine: 'auto' | 'onnx' | 'tensorflow', executionProvider: 'auto' | 'cpu' | 'cuda' | 'dml') =>
  selectEngine({ training: { engine, executionProvider } });

describe('choosing an engine', () => {
  it('takes what was asked for and says why', async () => {
    const { engine, reason } = await choose('onnx', 'cpu');
    expect(engine.name).toBe('onnx-cpu');
    expect(reason).toMatch(/executionProvider is cpu/);
  });

  it('lists every engine with what was found, and one choice of auto that is available', async () => {
    const listings = await listEngines();
    expect(listings.map(({ name }) => name)).toEqual([
      'tensorflow',
      'onnx-cuda',
      'onnx-dml',
      'onnx-webgpu',
      'onnx-cpu',
    ]);
    const chosen = listings.filter(({ chosenByAuto }) => chosenByAuto);
    expect(chosen).toHaveLength(1);
    expect(chosen[0]!.available).toBe(true);
    expect(chosen[0]!.reason).toMatch(new RegExp(`^${chosen[0]!.name}: .+`));
    for (const { available, detail } of listings) if (!available) expect(detail).toMatch(/; it .+|npm install/);
    expect((await choose('auto', 'auto')).engine.name).toBe(chosen[0]!.name);
  });

  it('says how to install an engine that was asked for and is not there', async () => {
    const listings = new Map((await listEngines()).map((listing) => [listing.name, listing]));
    const asked = [
      ['tensorflow', () => choose('tensorflow', 'auto'), /npm install @tensorflow\/tfjs-node/],
      ['onnx-cuda', () => choose('onnx', 'cuda'), /CUDA 12.*npm install/],
      ['onnx-dml', () => choose('onnx', 'dml'), /Windows/],
    ] as const;
    for (const [name, ask, help] of asked)
      if (!listings.get(name)!.available) await expect(ask()).rejects.toThrow(help);
    // What Node says of a package that is simply not installed names files of ours and helps nobody.
    if (!listings.get('tensorflow')!.available)
      expect(listings.get('tensorflow')!.detail).not.toMatch(/Cannot find|imported from/);
  });
});
