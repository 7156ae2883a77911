import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { bodyOffset, encodeRecord, type RecordHeader, readRecord } from '../../../../services/collector/log/record.ts';

const HEADER: RecordHeader = { kind: 'sealed', target: 'lake', hour: '000000000000/local/local/1700000000000', generation: 3 };

describe('a record of the log', () => {
  it('reads back as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 40 }), (body, ahead) => {
        const parts = encodeRecord(HEADER, Buffer.from(body));
        const found = readRecord(Buffer.concat([ahead, ...parts]), ahead.length);
        assert.deepEqual(found?.record.header, HEADER);
        assert.deepEqual(new Uint8Array(found?.record.body ?? []), body);
        assert.equal(found?.record.bodyAt, ahead.length + bodyOffset(parts));
        assert.equal(found?.next, ahead.length + Buffer.concat(parts).length);
      }),
    );
  });

  it('reads back as version 1 of the log wrote it, with the sum of header and body', () => {
    const body = Buffer.from('the body of a request');
    const [prefix, json] = encodeRecord(HEADER, body) as [Buffer, Buffer];
    prefix.writeUInt32LE(crc32(body, crc32(json)), 8);
    assert.ok(readRecord(Buffer.concat([prefix, json, body]), 0)?.record.body.equals(body));
  });

  it('is refused at every truncation', () => {
    const bytes = Buffer.concat(encodeRecord(HEADER, Buffer.from('the body of a request')));
    for (let length = 0; length < bytes.length; length++)
      assert.equal(readRecord(bytes.subarray(0, length), 0), undefined, `${length} bytes`);
  });

  it('is refused with any one bit flipped, with more bytes behind it too', () => {
    const record = Buffer.concat(encodeRecord(HEADER, Buffer.from('the body of a request')));
    const bytes = Buffer.concat([record, record]);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.equal(readRecord(flipped, 0), undefined, `bit ${bit}`);
    }
  });

  it('is not seen in a run of zeros, which a torn tail may hold', () => assert.equal(readRecord(Buffer.alloc(4096), 0), undefined));
});
