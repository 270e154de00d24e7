import { describe, expect, it } from '@jest/globals';
import { environment } from '../../src/infra/config/index.js';
import { trainConfigSchema, type BackboneName } from '../../src/training/config.js';
import { OnnxEngine } from '../../src/training/engines/onnx/onnx-engine.js';
import { OnnxTrainingSession } from '../../src/training/engines/onnx/onnx-training-session.js';
import { DeviceTrainingSession } from '../../src/training/engines/device/device-session.js';
import type { SessionSpec, TrainingSession } from '../../src/training/engines/engine.js';
import { PORTABLE_RULES } from '../../src/training/engines/lowering/index.js';
import { buildLoss, ORIGINAL_MARGIN_RAD } from '../../src/training/losses/index.js';
import { buildModel } from '../../src/training/models/index.js';
import { parityJson, parityTensors, relativeL2 } from '../support/parity.js';
import { fnv1a, hashRandom, ruledImages, ruledWeights } from '../support/parity-weights.js';
import { describeWithShared } from '../support/shared-data.js';

interface FullModel {
  readonly model: 'HOAM' | 'HOAMV2';
  readonly input_name: string;
  readonly backbone: BackboneName;
  readonly embedding_size: number;
  readonly image_size: number;
  readonly batch: number;
  readonly labels: readonly number[];
  readonly num_classes: number;
  readonly loss: number;
  readonly arc_triplet_center: readonly number[];
  readonly null_grad_params: readonly string[];
  readonly param_shapes_and_grad_probe: Readonly<Record<string, { shape: number[]; l2: number; dot: number }>>;
}

const TAGS = ['hoamv2_rws_128', 'hoam_s_96', 'hoamv2_rwt_96', 'hoamv2_tfb0_96'] as const;
const FORWARD_TOLERANCE = 1e-4;
const GRADIENT_TOLERANCE = 1e-3;
/** A step of the largest model takes seconds, and ten times as long on a busy machine. */
const TIMEOUT_MS = 600_000;
/** AdamW's first moment after one step from zero is this share of the gradient. */
const FIRST_MOMENT_SHARE = 0.1;

describe('generators of the full-size vectors', () => {
  it('give the documented values', () => {
    expect(fnv1a('test')).toBe(2949673445);
    const documented = [0.6518661975860596, 0.6553264856338501, -0.1890273094177246, 0.4798471927642822];
    expect([...hashRandom('test', 4)]).toEqual(documented);
  });
});

/** How the processor computes, how it does for CUDA and DirectML, and for WebGPU, with AdamW in the graph. */
const LOWERINGS = ['processor', 'portable', 'device graph'] as const;

/** All models as the processor computes them; the slower ways for one of each kind, or for all with `POLARLINE_PARITY=all`. */
const EACH_TIME: Readonly<Record<(typeof LOWERINGS)[number], readonly string[]>> = {
  processor: TAGS,
  portable: ['hoam_s_96', 'hoamv2_tfb0_96'],
  'device graph': ['hoamv2_tfb0_96'],
};
const CASES = TAGS.flatMap((tag) => LOWERINGS.map((lowering) => [tag, lowering] as const)).filter(
  ([tag, lowering]) => EACH_TIME[lowering].includes(tag) || process.env['POLARLINE_PARITY'] === 'all',
);

async function createSession(lowering: (typeof LOWERINGS)[number], spec: SessionSpec): Promise<TrainingSession> {
  // POLARLINE_NCHWC=off proves the plain lowering at full size; too long to do both each time.
  if (lowering === 'processor')
    return new OnnxEngine('cpu', { blockedLayout: environment().blockedLayout }).createSession(spec);
  const model = buildModel(spec.model);
  const objective = { model, loss: buildLoss(spec.loss, spec.classCount, model.embeddingSize) };
  const options = { executionProvider: 'cpu', rules: PORTABLE_RULES } as const;
  return lowering === 'portable'
    ? OnnxTrainingSession.create(objective, spec, options)
    : DeviceTrainingSession.create(objective, spec, { ...options, everyNodeOnDevice: false });
}

describeWithShared('full-size models equal the original PyTorch models', 'parity/full.json', () => {
  it.each(CASES)(
    '%s: embeddings, losses and the gradient of every parameter (%s)',
    async (tag, lowering) => {
      const full = parityJson<Record<string, FullModel>>('full.json')[tag]!;
      const { model, loss } = trainConfigSchema.parse({
        model: { architecture: full.model, backbone: full.backbone, embeddingSize: full.embedding_size },
        loss: { name: 'HybridMargin' },
      });
      const session = await createSession(lowering, {
        model,
        loss,
        classCount: full.num_classes,
        batchSize: full.batch,
        imageSizePx: full.image_size,
        normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
        seed: 0,
        threads: 0,
      });
      try {
        const fresh = await session.readState();
        const statistics = parityTensors(`full.${tag}.bnstats.safetensors`);
        const probes = full.param_shapes_and_grad_probe;
        expect([...fresh.parameters.keys()].sort()).toEqual(Object.keys(probes).sort());
        await session.writeState({
          ...fresh,
          parameters: new Map(
            [...fresh.parameters].map(([name, { shape }]) => [name, { shape, data: ruledWeights(name, shape) }]),
          ),
          buffers: new Map([...fresh.buffers.keys()].map((name) => [name, statistics.get(name)!])),
        });

        const images = ruledImages(full.input_name, full.batch, full.image_size, 16);
        const expected = parityTensors('full.safetensors').get(`${tag}.eval.embedding.f64`)!.data64!;
        expect(relativeL2(await session.embed(images, full.batch), expected)).toBeLessThan(FORWARD_TOLERANCE);

        const { losses } = await session.step(images, Int32Array.from(full.labels), {
          learningRateBackbone: 0,
          learningRateHead: 0,
          weightDecay: 0,
          weightDecayExemptions: false,
          gradientClipNorm: null,
          marginRad: ORIGINAL_MARGIN_RAD,
          frozenBackbone: false,
        });
        expect(Math.abs(losses.total - full.loss) / full.loss).toBeLessThan(FORWARD_TOLERANCE);
        expect(relativeL2([losses.arcface, losses.triplet, losses.center], full.arc_triplet_center)).toBeLessThan(
          FORWARD_TOLERANCE,
        );

        const { firstMoments } = await session.readState();
        const skipped = new Set(full.null_grad_params);
        const wrong = [...firstMoments].flatMap(([name, { data }]) => {
          if (skipped.has(name)) return [];
          const { l2, dot } = probes[name]!;
          const gradient = data.map((moment) => moment / FIRST_MOMENT_SHARE);
          const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
          const probe = hashRandom(`${name}:probe`, gradient.length);
          const projection = gradient.reduce((sum, g, i) => sum + g * probe[i]!, 0);
          const fits =
            Math.abs(norm - l2) < GRADIENT_TOLERANCE * l2 && Math.abs(projection - dot) < GRADIENT_TOLERANCE * l2;
          return fits ? [] : [`${name}: norm ${norm} for ${l2}, probe ${projection} for ${dot}`];
        });
        expect(wrong).toEqual([]);
      } finally {
        await session.dispose();
      }
    },
    TIMEOUT_MS,
  );
});
