import { describe, expect, it } from '@jest/globals';

import { createLogger, registerSecret, stepLog, withLogContext } from './index.js';

function capture(format: 'json' | 'pretty' = 'json', isTTY = false) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format }, { isTTY, write: (line: string) => lines.push(line) });
  return { lines, logger, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('the logger', () => {
  it('writes one JSON object a line, with level, time and message', () => {
    const { logger, last } = capture();
    logger.info({ images: 3 }, 'Scanned');
    expect(last()).toMatchObject({ level: 'info', images: 3, msg: 'Scanned' });
    expect(Date.parse(last().time as string)).not.toBeNaN();
  });

  it('carries the task id through everything that a step awaits', async () => {
    const { logger, last } = capture();
    await withLogContext({ taskId: 't1' }, async () => {
      await Promise.resolve();
      withLogContext({ correlationId: 'c1' }, () => stepLog(logger).warn('Inside', { n: 1 }));
    });
    expect(last()).toMatchObject({ taskId: 't1', correlationId: 'c1', n: 1, level: 'warn' });
    stepLog(logger).info('Outside');
    expect(last()).not.toHaveProperty('taskId');
  });

  it('is readable on a terminal and keeps quiet below its level', () => {
    const { logger, lines } = capture('pretty');
    logger.debug('not shown');
    logger.info('Shown');
    expect(lines.join('')).toMatch(/INFO.*Shown/);
    expect(lines).toHaveLength(1);
  });

  it.each(['json', 'pretty'] as const)('never writes a secret, wherever it hides (%s)', (format) => {
    const canary = 'canary-"q"-5f2a\\/x';
    registerSecret(canary);
    const { logger, lines } = capture(format);
    logger.info({ deep: { list: [{ note: `before ${canary} after` }] } }, `message ${canary}`);
    logger.error({ err: new Error(`login with ${canary} failed`, { cause: new Error(canary) }) }, 'Failed');
    logger.info({ url: 'postgresql://me:canary-url-password@host:5432/db' });
    logger.info({ password: 'canary-field', ssh: { passphrase: 'canary-field', privateKey: 'canary-field' } });
    logger.info({ headers: { authorization: 'Bearer canary-bearer-token', cookie: 'sid=canary-cookie' } });
    logger.info('-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-key\n-----END OPENSSH PRIVATE KEY-----');
    const text = lines.join('\n');
    expect(text).not.toContain('canary');
    expect(text).toContain('postgresql://me:[secret]@host:5432/db');
  });
});
