import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { captureDay, metadataImagePath, parseImageName } from './image-name.js';

describe('parseImageName', () => {
  it('reads every field', () => {
    expect(parseImageName('20240101120000_board123@COMP1_001_R.jpg')).toEqual({
      ok: true,
      name: {
        timestamp: '20240101120000',
        board: 'board123',
        component: 'COMP1',
        index: '001',
        light: 'R',
        extension: 'jpg',
      },
    });
  });

  it.each([
    ['20240101120000_b@C_1_R.JPG', 'jpg'],
    ['20240101120000_b@C_1_R.JpEg', 'jpeg'],
    ['20240101120000_b@C_1_R.Png', 'png'],
    ['20240101120000_b@C_1_R.BMP', 'bmp'],
  ])('takes any case of extension: %s', (fileName, extension) => {
    expect(parseImageName(fileName)).toMatchObject({ ok: true, name: { extension } });
  });

  it('lets board and component hold underscores', () => {
    expect(parseImageName('20240229235959_SN_01_T@U_12_A_003_W1.png')).toMatchObject({
      ok: true,
      name: { board: 'SN_01_T', component: 'U_12_A', index: '003', light: 'W1' },
    });
  });

  it.each([
    ['20240101120000_b@C_1_R.tiff', 'unsupportedExtension'],
    ['Thumbs.db', 'unsupportedExtension'],
    ['20240101120000_b@C_1_R', 'unsupportedExtension'],
    ['2024010112000_b@C_1_R.jpg', 'badTimestamp'],
    ['202401011200000_b@C_1_R.jpg', 'badTimestamp'],
    ['20240230120000_b@C_1_R.jpg', 'noSuchMoment'],
    ['20230229120000_b@C_1_R.jpg', 'noSuchMoment'],
    ['20240101240000_b@C_1_R.jpg', 'noSuchMoment'],
    ['20240101126000_b@C_1_R.jpg', 'noSuchMoment'],
    ['20241301120000_b@C_1_R.jpg', 'noSuchMoment'],
    ['20240101120000_@C_1_R.jpg', 'missingBoard'],
    ['20240101120000_bC_1_R.jpg', 'missingBoard'],
    ['20240101120000_b@_1_R.jpg', 'missingComponent'],
    ['20240101120000_b@1_R.jpg', 'missingComponent'],
    ['20240101120000_b@C_x_R.jpg', 'badIndex'],
    ['20240101120000_b@R.jpg', 'badIndex'],
    ['20240101120000_b@C_1_.jpg', 'badLight'],
    ['20240101120000_b@C_1_R-2.jpg', 'badLight'],
  ])('sets %s aside as %s', (fileName, code) => {
    const parsed = parseImageName(fileName);
    expect(parsed).toMatchObject({ ok: false, code });
    expect(parsed.ok ? '' : parsed.reason).not.toBe('');
  });

  it('reads back whatever was put together by the rule', () => {
    const board = fc.stringMatching(/^[A-Za-z0-9_\-. ]{1,20}$/);
    const component = fc.stringMatching(/^[A-Za-z0-9_\-.]{1,20}$/);
    const index = fc.stringMatching(/^\d{1,4}$/);
    const light = fc.stringMatching(/^[A-Za-z0-9]{1,6}$/);
    fc.assert(
      fc.property(board, component, index, light, (b, c, i, l) => {
        expect(parseImageName(`20250304112055_${b}@${c}_${i}_${l}.jpg`)).toEqual({
          ok: true,
          name: { timestamp: '20250304112055', board: b, component: c, index: i, light: l, extension: 'jpg' },
        });
      }),
    );
  });

  it('answers any text without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseImageName(text).ok === 'boolean'));
  });
});

describe('metadataImagePath', () => {
  it('is day, timestamp and file name', () => {
    const name = { timestamp: '20250303080000' };
    expect(captureDay(name)).toBe('2025-03-03');
    expect(metadataImagePath(name, '20250303080000_b@C_1_R.JPG')).toBe(
      '2025-03-03/20250303080000/20250303080000_b@C_1_R.JPG',
    );
  });
});
