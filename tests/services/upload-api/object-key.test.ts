import assert from 'node:assert/strict';
import { lakeKey, parseLakeKey } from '@tallyship/shared/contracts/lake-key';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import fc from 'fast-check';
import { objectKey } from '../../../services/upload-api/upload/object-key.ts';
import { SHOP } from './running-api.ts';

const WORDS = [
  'samples',
  'usage',
  'metrics',
  'observability',
  '_',
  '-',
  '.',
  '..',
  '/',
  '\\',
  '%2e',
  '1795255200000',
  '1795258800000',
  '0',
  '1',
  '007',
  'a',
  '.parquet',
  '\n',
  '\0',
  'é',
  ' ',
];

describe('object keys', () => {
  it('never leave the folder of their cluster, whatever the id', () => {
    const ids = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...WORDS), { maxLength: 14 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(ids, (id) => {
        let key: string;
        try {
          key = objectKey(id, SHOP, 'shipper-1');
        } catch (error) {
          assert.ok(error instanceof HttpError && error.status === 400);
          return;
        }
        assert.match(
          key,
          /^[a-z]+\/v1\/account=123456789012\/region=us-east-1\/cluster=shop\/date=\d{4}-\d\d-\d\d\/[A-Za-z0-9=._/-]+\.parquet$/,
        );
        assert.doesNotMatch(key, /\.\.(\/|$)|\/\//);
      }),
      { numRuns: 5_000 },
    );
  });

  it('are those of the lake for every file a collector can name', () => {
    const file = fc.record({
      table: fc.constantFrom('samples', 'usage', 'shipments'),
      hourStartMs: fc.integer({ min: 400_000, max: 700_000 }).map((hour) => hour * 3_600_000),
      replica: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.-]{0,40}$/),
      generation: fc.nat(),
    });
    fc.assert(
      fc.property(file, (each) => {
        const key = lakeKey({ ...each, ...SHOP });
        if (each.generation > 999_999_999) return;
        assert.equal(objectKey(key.split('/').at(-1) as string, SHOP, undefined), key);
        assert.ok(parseLakeKey(key));
      }),
    );
  });

  for (const id of [
    'samples_1795255200001_1795258800001_c-0-1.parquet',
    'samples_1795255200000_1795262400000_c-0-1.parquet',
    'samples_1795255200000_1795258800000_c-0-01.parquet',
    'costs_1795255200000_1795258800000_c-0-1.parquet',
    'metrics_1795255200000_1795257000000.json.br',
    'metrics_1795255200000.parquet',
  ]) {
    it(`refuse ${id}`, () => assert.throws(() => objectKey(id, SHOP, 's'), /reference id/));
  }
});
