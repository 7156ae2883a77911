import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import { InflightBytes, readBody } from '../../../../services/collector/http/read-body.ts';
import { peakMemoryOf } from '../../../support/peak-memory.ts';

const MIB = 1024 * 1024;

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}
const refusal = (status: number, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HttpError);
  assert.equal(error.status, status);
  assert.match(error.message, says);
  return true;
};

describe('reading a body', () => {
  it('puts chunks together, whatever length was announced', async () => {
    for (const announced of [undefined, '6', '0', '1', '100', 'x']) {
      const { body } = await readBody(chunks('ab', '', 'c', 'def'), announced, 100, new InflightBytes(100));
      assert.equal(body.toString(), 'abcdef');
    }
  });

  it('takes no body for an empty one', async () => {
    const { body } = await readBody(null, undefined, 100, new InflightBytes(100));
    assert.equal(body.length, 0);
  });

  it('takes a body of just the limit, and refuses one byte more, naming the setting', async () => {
    const inflight = new InflightBytes(100);
    const { body, release } = await readBody(chunks('abc', 'def'), undefined, 6, inflight);
    assert.equal(body.length, 6);
    assert.equal(inflight.held, 6);
    release();
    await assert.rejects(readBody(chunks('abc', 'defg'), undefined, 6, inflight), refusal(413, /limit 6; raise MAX_BODY_BYTES/));
    assert.equal(inflight.held, 0);
  });

  it('refuses an announced length over the limit before it reads anything', async () => {
    const untouched = {
      [Symbol.asyncIterator]: () => assert.fail('the body was read'),
    };
    await assert.rejects(readBody(untouched, '7', 6, new InflightBytes(100)), refusal(413, /body of 7 bytes or more, limit 6/));
  });

  it('puts off a body for which there is no room beside the others, and gives back what it held', async () => {
    const inflight = new InflightBytes(8);
    inflight.take(4);
    await assert.rejects(readBody(chunks('abc', 'de'), undefined, 100, inflight), refusal(503, /MAX_INFLIGHT_BYTES/));
    assert.equal(inflight.held, 4);
  });

  it('says when the sender breaks off, and gives back what it held', async () => {
    const inflight = new InflightBytes(100);
    async function* broken() {
      yield Buffer.from('abc');
      throw new Error('aborted');
    }
    await assert.rejects(readBody(broken(), '10', 100, inflight), refusal(400, /broke off/));
    assert.equal(inflight.held, 0);
  });

  it('reads a stream of the server as it reads anything else: whole, over the limit, broken off', async () => {
    const inflight = new InflightBytes(100);
    const { body, release } = await readBody(Readable.from([Buffer.from('ab'), Buffer.from('cd')]), undefined, 4, inflight);
    assert.equal(body.toString(), 'abcd');
    release();
    await assert.rejects(readBody(Readable.from([Buffer.from('abcde')]), undefined, 4, inflight), refusal(413, /limit 4/));
    const broken = new PassThrough();
    broken.write('abc');
    const reading = assert.rejects(readBody(broken, '10', 100, inflight), refusal(400, /broke off/));
    setImmediate(() => broken.destroy());
    await reading;
    await assert.rejects(readBody(broken, '10', 100, inflight), refusal(400, /broke off/));
    assert.equal(inflight.held, 0);
  });

  it('never lets two bodies share memory, however often one is released', async () => {
    const inflight = new InflightBytes(1000);
    const read = async (text: string) => readBody(chunks(text), undefined, 100, inflight);
    const first = await read('first');
    first.release();
    first.release();
    const [second, third] = [await read('second'), await read('third')];
    assert.deepEqual([second.body.toString(), third.body.toString()], ['second', 'third']);
    assert.equal(inflight.held, 11);
  });

  it('holds a body of two million chunks in little more than its bytes', async () => {
    const chunk = Buffer.from('x');
    async function* dust() {
      // A chunk as the HTTP parser hands it on: an object of its own.
      for (let i = 0; i < 2e6; i++) yield chunk.subarray(0, 1);
    }
    const peak = await peakMemoryOf(async () => {
      const { body } = await readBody(dust(), undefined, 16 * MIB, new InflightBytes(64 * MIB));
      assert.equal(body.length, 2e6);
      assert.ok(body.every((byte) => byte === 0x78));
    });
    assert.ok(peak < 64 * MIB, `held ${Math.round(peak / MIB)} MiB`);
  });
});
