import { gzipSync } from 'node:zlib';
import * as w from '../../support/remote-write-wire.ts';
import { goodV1, type HostileCase, ONE, stored, T } from './hostile-case.ts';
import { V1 } from './hostile-door.ts';

const MIB = 1024 * 1024;
const block = (name: string, body: () => Uint8Array, expected: Partial<HostileCase> & { status: number }): HostileCase => ({
  name: `snappy: ${name}`,
  headers: V1,
  body,
  ...expected,
});
const good = () => w.block(goodV1());
const bytes = (...values: number[]) => Buffer.from(values);

/** A copy that overlaps its own output is legal: 64 times x from one. */
const overlapping = () => {
  const message = w.seriesV1(w.label('__name__', 'good'), w.label('a', 'x'.repeat(64)), w.sample(T, ONE));
  const from = message.indexOf('x') + 1;
  const copy = bytes(((63 - 1) << 2) | 2, 1, 0);
  return w.claim(message.length, w.literal(message.subarray(0, from)), copy, w.literal(message.subarray(from + 63)));
};

/** Bodies that the block format forbids, or allows although it looks odd. */
export const BLOCK_CASES: HostileCase[] = [
  block('no body at all', () => bytes(), { status: 400, says: /no valid length/ }),
  block('claim of 1.5 GiB on six bytes', () => w.claim(1.5 * 2 ** 30, bytes(0)), {
    status: 413,
    says: /limit 67108864.*MAX_DECODED_BYTES/,
  }),
  block('claim of 4 GiB less one', () => w.claim(2 ** 32 - 1), { status: 413, says: /4294967295/ }),
  block('claim of 4 GiB', () => w.claim(2 ** 32), { status: 400, says: /no valid length/ }),
  block('claim one byte over the limit', () => w.claim(64 * MIB + 1, Buffer.alloc(4 * MIB)), { status: 413, says: /67108865/ }),
  block('claim of 60 MiB on nine bytes', () => w.claim(60 * MIB, bytes(1, 2, 3, 4, 5)), {
    status: 400,
    says: /block of 9 bytes claims 62914560/,
  }),
  block('claim of 22 times the body and one more', () => w.claim(22 * 102 + 1, Buffer.alloc(100)), { status: 400, says: /claims 2245/ }),
  block('preamble of six bytes', () => bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x00), { status: 400, says: /no valid length/ }),
  block('preamble without an end', () => bytes(0xff, 0xff), { status: 400, says: /no valid length/ }),
  block('preamble alone', () => w.claim(20), { status: 400 }),
  block('last byte missing', () => good().subarray(0, -1), { status: 400, says: /snappy (block|literal|copy)/ }),
  block('surplus bytes', () => Buffer.concat([good(), bytes(0, 0)]), { status: 400, says: /snappy/ }),
  block('surplus literal', () => Buffer.concat([good(), w.literal(Buffer.from('more'))]), { status: 400, says: /snappy/ }),
  block('surplus behind an empty block', () => bytes(0, 0, 0x41), { status: 400, says: /snappy/ }),
  block('claims more than it holds', () => w.claim(goodV1().length + 1, w.literal(goodV1())), { status: 400, says: /snappy/ }),
  block('claims less than it holds', () => w.claim(goodV1().length - 1, w.literal(goodV1())), { status: 400, says: /snappy/ }),
  block('literal whose length is negative as int32', () => w.claim(20, bytes(0xfc, 0xff, 0xff, 0xff, 0xff, 1, 2, 3)), { status: 400 }),
  block('literal whose length is -6: a loop for signed readers', () => w.claim(20, bytes(0xfc, 0xf9, 0xff, 0xff, 0xff)), { status: 400 }),
  block('literal past the end of the body', () => w.claim(60, bytes(59 << 2, 1, 2, 3)), { status: 400 }),
  block('literal of 16 MiB in three bytes of length', () => w.claim(100, bytes(0xf8, 0xff, 0xff, 0xff, 1, 2, 3)), { status: 400 }),
  block('copy of offset 0', () => w.claim(5, w.literal(Buffer.from('a')), bytes(1, 0)), { status: 400 }),
  block('copy from before the start', () => w.claim(5, w.literal(Buffer.from('a')), bytes(1, 9)), { status: 400 }),
  block('copy as the first element', () => w.claim(4, bytes(1, 1)), { status: 400 }),
  block('copy with a 32-bit offset far away', () => w.claim(5, w.literal(Buffer.from('a')), bytes(15, 0xff, 0xff, 0xff, 0xff)), {
    status: 400,
  }),
  block('copy cut off in its offset', () => w.claim(65, w.literal(Buffer.from('a')), bytes(0xfe, 1)), { status: 400 }),
  block('copy that overlaps its own output', overlapping, {
    status: 204,
    written: '1,0,0',
    stored: [{ ...stored(), labels: { __name__: 'good', a: 'x'.repeat(64) } }],
  }),
  block('framed format', () => Buffer.concat([bytes(0xff, 6, 0, 0), Buffer.from('sNaPpY'), good()]), { status: 400 }),
  block('message that is not compressed', () => goodV1(), { status: 400 }),
  block('gzip that says snappy', () => gzipSync(goodV1()), { status: 400 }),
  block('random bytes', () => Buffer.from('d3adbeef'.repeat(40), 'hex'), { status: 400 }),
  block('64 MiB and one byte, in truth', () => w.block(Buffer.alloc(64 * MIB + 1)), { status: 413, says: /MAX_DECODED_BYTES/ }),
  block('64 MiB of zeros: a message of tags of field 0', () => w.block(Buffer.alloc(64 * MIB)), { status: 400, says: /field tag 0/ }),
  block('body one byte over the limit', () => Buffer.alloc(16 * MIB + 1), { status: 413, says: /limit 16777216.*MAX_BODY_BYTES/ }),
  block('body of just the limit', () => Buffer.alloc(16 * MIB, 0xff), { status: 400 }),
  block('empty message', () => bytes(0), { status: 204, written: '0,0,0' }),
];
