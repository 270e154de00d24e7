import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../common/index.js';
import { trainConfigSchema } from '../../training/config.js';
import { layOver } from '../settings/train-config.service.js';
import { fieldValue, SETTING_FIELDS, valueAt } from './setting-fields.js';
import { problemsByField, readSettingsForm, settingsDiff } from './settings-form.js';

const base = trainConfigSchema.parse({});
const form = (changes: Record<string, string> = {}): Record<string, string> => ({
  ...Object.fromEntries(SETTING_FIELDS.map(({ path }) => [path, fieldValue(valueAt(base, path))])),
  ...changes,
});

describe('the settings form', () => {
  it('changes nothing when it is sent as it was shown', () => {
    expect(readSettingsForm(form(), base)).toEqual({});
  });

  it('reads numbers, choices, switches and emptied fields', () => {
    const overrides = readSettingsForm(
      form({
        'training.maxEpochs': '7',
        'training.learningRate': ' 0.00001 ',
        'training.enableEarlyStopping': 'false',
        'training.backboneLearningRateFactor': '0.5',
        'model.backbone': 'tiny',
        'evaluation.thresholdBudget.kind': 'escapeRate',
        'evaluation.thresholdBudget.atMost': '0.001',
      }),
      base,
    );
    expect(overrides).toEqual({
      training: { maxEpochs: 7, learningRate: 0.00001, enableEarlyStopping: false, backboneLearningRateFactor: 0.5 },
      model: { backbone: 'tiny' },
      evaluation: { thresholdBudget: { kind: 'escapeRate', atMost: 0.001 } },
    });
    const changed = layOver(base, overrides, 'test');
    const back = readSettingsForm(
      form({ 'training.backboneLearningRateFactor': '', 'evaluation.thresholdBudget.atMost': '0.001' }),
      changed,
    );
    expect(back.training?.backboneLearningRateFactor).toBeNull();
    expect(layOver(changed, back, 'test')).toEqual(base);
    expect(settingsDiff(base, changed).map(({ path }) => path)).toEqual(
      [
        'model.backbone',
        'training.learningRate',
        'training.maxEpochs',
        'training.backboneLearningRateFactor',
        'training.enableEarlyStopping',
        'evaluation.thresholdBudget.kind',
        'evaluation.thresholdBudget.atMost',
      ].sort((a, b) => order(a) - order(b)),
    );
  });

  it('says of every wrong field what was expected', () => {
    const overrides = readSettingsForm(form({ 'training.maxEpochs': '0', 'loss.scale': 'wide', 'knn.k': '' }), base);
    let problems: ReadonlyMap<string, string> = new Map();
    try {
      layOver(base, overrides, 'request body');
    } catch (error) {
      problems = problemsByField(error as AppError);
    }
    expect(Object.fromEntries(problems)).toEqual({
      'training.maxEpochs': 'expected 1..10000, got 0',
      'loss.scale': 'expected a number above 0 up to 256, got "wide"',
    });
  });
});

function order(path: string): number {
  return SETTING_FIELDS.findIndex((field) => field.path === path);
}
