import assert from 'node:assert/strict';
import { ALLOWED, compare, Decoder, KERNELS } from '../../../fuzz/compare.ts';
import { Chance, mutate } from '../../../fuzz/mutate.ts';
import { restructure } from '../../../fuzz/restructure.ts';
import { seedInputs } from '../../../fuzz/seed-inputs.ts';
import { block } from '../../../support/remote-write-wire.ts';

const FINE = new Set<string>(['same rows', 'both refuse', 'too large', ...Object.keys(ALLOWED)]);

describe('decoders against protobufjs, a share of the fuzz run', () => {
  for (const kernel of KERNELS) {
    it(`reads every seed, those that were once found included, as protobufjs does: ${kernel}`, () => {
      const decoder = new Decoder(kernel);
      for (const { version, message } of seedInputs())
        assert.ok(FINE.has(compare(decoder, block(message), version)), message.toString('hex'));
    });

    it(`agrees on 6,000 mutations of them: ${kernel}`, () => {
      const decoder = new Decoder(kernel);
      const chance = new Chance(20_261);
      const seeds = seedInputs();
      for (let at = 0; at < 6_000; at++) {
        const { version, message } = chance.of(seeds);
        const other = chance.of(seeds).message;
        const body = block(at % 2 === 0 ? restructure(message, other, chance) : mutate(message, other, chance));
        assert.ok(FINE.has(compare(decoder, body, version)), body.toString('hex'));
      }
    });
  }
});
