import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import { readBody } from '@tallyship/shared/runtime/read-body';
import { peakMemoryOf } from '../../../support/peak-memory.ts';

const MIB = 1024 * 1024;
const RULES = { maxBytes: MIB, remedy: 'raise IT' };

describe('reading a body by a service without a pool', () => {
  it('gives each body memory of its own, also when one has been released', async () => {
    const texts = ['first', 'second'];
    const read = await Promise.all(texts.map((text) => readBody(Readable.from([Buffer.from(text)]), undefined, RULES)));
    for (const { release } of read) release();
    const third = await readBody(Readable.from([Buffer.from('third')]), undefined, RULES);
    assert.deepEqual(
      [...read, third].map(({ body }) => body.toString()),
      [...texts, 'third'],
    );
  });

  it('refuses one byte over the limit with the remedy it was given', async () => {
    await readBody(Readable.from([Buffer.alloc(MIB)]), undefined, RULES);
    const chunks = Readable.from([Buffer.alloc(MIB), Buffer.alloc(1)]);
    await assert.rejects(readBody(chunks, undefined, RULES), (error: HttpError) => {
      assert.ok(error instanceof HttpError);
      assert.deepEqual([error.status, error.message], [413, 'body of 1048577 bytes or more, limit 1048576; raise IT']);
      return true;
    });
  });

  it('holds a body that comes byte by byte in little more than its bytes', async () => {
    const chunk = Buffer.from('x');
    async function* dust() {
      for (let i = 0; i < 2 * MIB; i++) yield chunk.subarray(0, 1);
    }
    const peak = await peakMemoryOf(async () => {
      assert.equal((await readBody(dust(), undefined, { ...RULES, maxBytes: 2 * MIB })).body.length, 2 * MIB);
    });
    assert.ok(peak < 80 * MIB, `held ${Math.round(peak / MIB)} MiB`);
  });
});
