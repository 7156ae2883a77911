import assert from 'node:assert/strict';
import fc from 'fast-check';
import { valueText } from '../../../../services/collector/cloudzero/value-text.ts';

describe('text of a value in CloudZero files', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [-0, '-0'],
    [1.5, '1.5'],
    [1e21, '1000000000000000000000'],
    [1.25e22, '12500000000000000000000'],
    [1e-7, '0.0000001'],
    [-1.5e-9, '-0.0000000015'],
    [123456789012345680000, '123456789012345680000'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ];
  for (const [value, text] of cases) it(`${value} is ${text}`, () => assert.equal(valueText(value), text));

  it('holds every finite value exactly and never an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = valueText(value);
        assert.match(text, /^-?[0-9]+(\.[0-9]+)?$/);
        assert.ok(Object.is(Number(text), value));
      }),
    );
  });
});
