import assert from 'node:assert/strict';
import { createLogger } from '@tallyship/shared/runtime/logger';

describe('logger', () => {
  const written = (write: (log: ReturnType<typeof createLogger>) => void) => {
    const lines: string[] = [];
    write(createLogger('test', { to: { write: (line) => lines.push(line) } }));
    return lines;
  };

  it('writes one JSON object a line with level, time and service', () => {
    const [line, ...rest] = written((log) => log.warn({ bytes: 3 }, 'two\nlines'));
    assert.equal(rest.length, 0);
    assert.equal(line?.indexOf('\n'), (line?.length ?? 0) - 1);
    const { time, ...entry } = JSON.parse(line ?? '');
    assert.deepEqual(entry, { level: 'warn', service: 'test', bytes: 3, msg: 'two\nlines' });
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  });

  it('never writes a credential', () => {
    const headers = { authorization: 'Bearer secret', Authorization: 'Bearer secret', cookie: 'secret' };
    const lines = written((log) => {
      log.info(headers, 'top');
      log.info({ headers }, 'one down');
      log.info({ req: { headers } }, 'two down');
      log.info({ a: { req: { headers } } }, 'three down');
    });
    assert.equal(lines.length, 4);
    for (const line of lines) assert.ok(!line.includes('secret') && line.includes('[redacted]'), line);
  });
});
