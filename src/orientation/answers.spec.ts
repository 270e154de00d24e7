import { describe, expect, it } from '@jest/globals';
import { AppError } from '../common/index.js';
import { answersToJson, validateAnswers } from './answers.js';

const CLASSES = ['P_C1_R', 'P_C2_R', 'P_U7_W'];

function refusal(answers: unknown): AppError {
  try {
    validateAnswers(CLASSES, answers);
  } catch (error) {
    return error as AppError;
  }
  throw new Error('expected a refusal');
}

describe('validateAnswers', () => {
  it('takes an orientation or skip for every class, and a symmetry where one is named', () => {
    const json = { P_C1_R: 'Up', P_C2_R: 'skip', P_U7_W: { orientation: 'Left', symmetry: 2 } };
    const answers = validateAnswers(CLASSES, json);
    expect(answers.get('P_C1_R')).toEqual({ kind: 'orientation', orientation: 'Up', symmetry: 1 });
    expect(answers.get('P_U7_W')).toEqual({ kind: 'orientation', orientation: 'Left', symmetry: 2 });
    expect(answersToJson(answers)).toEqual(json);
  });

  it('names unknown and missing classes with the nearest right name', () => {
    const error = refusal({ P_C1_R: 'Up', P_C2_R: 'Down', P_U7_w: 'Left' });
    expect(error).toMatchObject({ code: 'ANSWERS_INVALID', httpStatus: 400, exitCode: 2 });
    expect(error.message).toContain('unknown class "P_U7_w" (did you mean "P_U7_W"?)');
    expect(error.message).toContain('class "P_U7_W" has no answer');
    expect(error.details).toMatchObject({ unknownClasses: ['P_U7_w'], missingClasses: ['P_U7_W'] });
  });

  it.each(['Upp', '', 3, null, { orientation: 'Up', symmetry: 3 }, { orientation: 'Up', extra: 1 }, ['Up']])(
    'refuses %j as an answer',
    (value) => {
      const error = refusal({ P_C1_R: value, P_C2_R: 'Up', P_U7_W: 'Up' });
      expect(error.message).toContain('class "P_C1_R": expected Up, Right, Down, Left or skip');
    },
  );

  it.each([null, 'Up', [], 4])('refuses %j as answers', (value) => {
    expect(refusal(value).code).toBe('ANSWERS_INVALID');
  });

  it('takes a partial draft, or skips what is missing, when asked to', () => {
    expect([...validateAnswers(CLASSES, { P_C1_R: 'Up' }, { missing: 'draft' }).keys()]).toEqual(['P_C1_R']);
    const skipped = validateAnswers(CLASSES, { P_C1_R: 'Up' }, { missing: 'skip' });
    expect(answersToJson(skipped)).toEqual({ P_C1_R: 'Up', P_C2_R: 'skip', P_U7_W: 'skip' });
  });
});
