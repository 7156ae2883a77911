import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteTable, HeapKeys } from '../../../../services/collector/decode/byte-table.ts';
import { WasmKernel } from '../../../../services/collector/decode/wasm/kernel.ts';
import { collectGarbage } from '../../../support/collect-garbage.ts';

describe('byte table', () => {
  it('gives ids as a Map would, whatever follows what', () => {
    // Few different keys, so that they come again; lengths around the four bytes that are hashed at once.
    const key = fc.uint8Array({ maxLength: 9, max: 2 });
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 300 }), (steps) => {
        const table = new ByteTable();
        const model = new Map<string, number>();
        let last = -1;
        for (const [bytes, isChained] of steps) {
          const text = bytes.join();
          const expected = model.get(text) ?? model.size;
          model.set(text, expected);
          const surrounded = Buffer.from([7, 7, ...bytes, 7]);
          last = table.idOf(surrounded, 2, 2 + bytes.length, isChained ? last : -1);
          assert.equal(last, expected);
        }
        assert.equal(table.count, model.size);
        for (const [text, id] of model) assert.equal(table.keyOf(id).join(), text);
        assert.equal(
          table.keyBytes,
          [...model.keys()].reduce((sum, text) => sum + (text === '' ? 0 : text.split(',').length), 0),
        );
      }),
      { numRuns: 200 },
    );
  });

  for (const [where, make] of [
    ['the heap', () => new HeapKeys()],
    ['a kernel that they outgrow', () => new WasmKernel(1).sets],
  ] as const)
    it(`keeps a hundred thousand keys apart while it grows, and finds each again, in ${where}`, () => {
      const table = new ByteTable(make());
      const keyOf = (at: number) => Buffer.from(`key-${at}-${'x'.repeat(at % 120)}`);
      for (let at = 0; at < 100_000; at++) assert.equal(table.idOf(keyOf(at), 0, keyOf(at).length, at - 1), at);
      for (let at = 0; at < 100_000; at += 7) assert.equal(table.idOf(keyOf(at), 0, keyOf(at).length, -1), at);
      assert.equal(table.count, 100_000);
      assert.equal(table.keyOf(99_999).toString(), keyOf(99_999).toString());
      assert.ok(table.store instanceof HeapKeys);
    });

  it('takes one large key among small ones', () => {
    const table = new ByteTable();
    const large = Buffer.alloc(1_000_000, 7);
    assert.equal(table.idOf(Buffer.from('a'), 0, 1, -1), 0);
    assert.equal(table.idOf(large, 0, large.length, 0), 1);
    assert.equal(table.idOf(Buffer.from('a'), 0, 1, 1), 0);
    assert.ok(table.keyOf(1).equals(large));
  });

  it('says what it takes: the bytes of short keys are the least of it', () => {
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    const table = new ByteTable();
    const key = Buffer.alloc(4);
    for (let at = 0; at < 600_000; at++) {
      key.writeUInt32LE(at);
      table.idOf(key, 0, 4, -1);
    }
    collectGarbage();
    assert.ok(table.bytes >= 600_000 * (4 + 24));
    assert.ok(table.bytes < 2 * (process.memoryUsage().arrayBuffers - before));
  });
});
