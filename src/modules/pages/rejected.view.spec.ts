import { describe, expect, it } from '@jest/globals';
import { I18n } from './i18n/index.js';
import { rejectedView } from './rejected.view.js';

const file = (i: number) => ({ file: `OK/${i}.jpg`, stage: 'image', code: 'corrupt', reason: 'broken' });
const page = (count: number) => ({
  listed: true,
  byCode: { badLight: 2, corrupt: 250 },
  total: 250,
  files: Array.from({ length: count }, (_, i) => file(i)),
});

describe('rejectedView', () => {
  it('pages within one reason and keeps it on the way', () => {
    const view = rejectedView('t1', page(100), { code: 'corrupt', offset: 100 }, 100, new I18n('en'));
    expect(view).toMatchObject({
      range: '101 to 200 of 250',
      previous: '/tasks/t1/rejected?code=corrupt',
      next: '/tasks/t1/rejected?code=corrupt&offset=200',
    });
    expect(rejectedView('t1', page(50), { code: '', offset: 200 }, 100, new I18n('en'))).toMatchObject({
      previous: '/tasks/t1/rejected?offset=100',
      next: null,
    });
  });

  it('offers each reason with its count, the most frequent first', () => {
    const { filters } = rejectedView('t1', page(1), { code: 'badLight', offset: 0 }, 100, new I18n('en'));
    expect(filters).toEqual([
      { url: '/tasks/t1/rejected', label: 'Every reason', count: '252', current: false },
      { url: '/tasks/t1/rejected?code=corrupt', label: 'Damaged picture', count: '250', current: false },
      { url: '/tasks/t1/rejected?code=badLight', label: 'No light in the name', count: '2', current: true },
    ]);
  });

  it('names and advises on reasons it knows, and leaves others as they are', () => {
    const odd = { ...page(1), files: [file(0), { ...file(1), code: 'ofALaterRelease' }] };
    const { files } = rejectedView('t1', odd, { code: '', offset: 0 }, 100, new I18n('vi'));
    expect(files).toMatchObject([
      { name: 'Ảnh bị hỏng', todo: 'Ảnh bị hỏng: hãy lấy lại từ chuyền.' },
      { name: 'ofALaterRelease', todo: null },
    ]);
  });
});
