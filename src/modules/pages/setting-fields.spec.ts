import { describe, expect, it } from '@jest/globals';
import { trainConfigSchema } from '../../training/config.js';
import { layOver } from '../settings/train-config.service.js';
import {
  boundsText,
  SETTING_FIELDS,
  settingFieldName,
  settingsOfForm,
  SETTINGS_SENT,
  settingText,
  SIMPLE_SETTINGS,
} from './setting-fields.js';

const DEFAULTS = trainConfigSchema.parse({});

/** The form as a browser sends it when nothing was changed. */
function untouched(config = DEFAULTS): Record<string, string> {
  const filled = SETTING_FIELDS.flatMap(({ path, kind }): [string, string][] => {
    const text = settingText(config, path);
    return kind === 'boolean' && text !== 'true' ? [] : [[settingFieldName(path), text]];
  });
  return { [SETTINGS_SENT]: '1', ...Object.fromEntries(filled) };
}

describe('the settings of a form', () => {
  it('come back as they were shown', () => {
    expect(layOver(DEFAULTS, settingsOfForm(untouched())!, 'form')).toEqual(DEFAULTS);
  });

  it('come back where every kind of value differs from its default', () => {
    const config = trainConfigSchema.parse({
      model: { pretrained: 'weights.safetensors', hiddenDim: 64 },
      training: { maxEpochs: 3, learningRate: 0.01, enableEarlyStopping: false, weightDecayExemptions: true },
      evaluation: { thresholdBudget: { kind: 'escapeRate', atMost: 0.001 } },
    });
    expect(layOver(DEFAULTS, settingsOfForm(untouched(config))!, 'form')).toEqual(config);
  });

  it('leave out the bound of a threshold that has none', () => {
    const form = { ...untouched(), [settingFieldName('evaluation.thresholdBudget.atMost')]: '0.5' };
    expect(settingsOfForm(form)!.evaluation!.thresholdBudget).toEqual({ kind: 'equalCost' });
  });

  it('are refused by the name of the setting where a text is no number', () => {
    const form = { ...untouched(), [settingFieldName('training.maxEpochs')]: 'many' };
    expect(() => layOver(DEFAULTS, settingsOfForm(form)!, 'form')).toThrow(/training\.maxEpochs: expected 1\.\.10000/);
  });

  it('are no wishes at all where the form had none', () => {
    expect(settingsOfForm({ input_dir: '/line' })).toBeNull();
  });

  it('exist under the names that are shown first, and say their bounds', () => {
    const paths = SETTING_FIELDS.map(({ path }) => path);
    expect(SIMPLE_SETTINGS.filter((path) => !paths.includes(path))).toEqual([]);
    const bounds = (path: string): string => boundsText(SETTING_FIELDS.find((field) => field.path === path)!);
    expect([bounds('training.maxEpochs'), bounds('training.learningRate')]).toEqual(['1–10000', '> 0, ≤ 1']);
  });
});
