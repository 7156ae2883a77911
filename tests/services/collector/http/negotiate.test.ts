import assert from 'node:assert/strict';
import { isSnappy, writeVersionOf } from '../../../../services/collector/http/negotiate.ts';

const PROTOBUF = 'application/x-protobuf';
const V1 = 'prometheus.WriteRequest';
const V2 = 'io.prometheus.write.v2.Request';

describe('content negotiation', () => {
  const versions: [contentType: string | undefined, version: 1 | 2 | undefined][] = [
    [undefined, 1],
    ['', 1],
    ['  ', 1],
    [PROTOBUF, 1],
    [` ${PROTOBUF} `, 1],
    ['APPLICATION/X-PROTOBUF', 1],
    [`${PROTOBUF};`, 1],
    [`${PROTOBUF};;`, 1],
    [`${PROTOBUF};charset=utf-8`, 1],
    [`${PROTOBUF};proto=${V1}`, 1],
    [`${PROTOBUF};proto=${V2}`, 2],
    [`${PROTOBUF}; proto=${V2}`, 2],
    [`${PROTOBUF}\t;\tproto = "${V2}"\t`, 2],
    [`${PROTOBUF};PROTO=${V2}`, 2],
    [`${PROTOBUF};a=b;proto=${V2};c`, 2],
    [`${PROTOBUF};proto=`, undefined],
    [`${PROTOBUF};proto=""`, undefined],
    [`${PROTOBUF};proto=${V2}x`, undefined],
    [`${PROTOBUF};proto=${V2.toUpperCase()}`, undefined],
    [`${PROTOBUF};proto="${V2}`, 1],
    [`${PROTOBUF};proto=toString`, undefined],
    [`${PROTOBUF};proto=__proto__`, undefined],
    ['application/json', undefined],
    [`text/plain;proto=${V2}`, undefined],
    [`;proto=${V2}`, undefined],
  ];
  for (const [contentType, version] of versions) {
    it(`${JSON.stringify(contentType)} is ${version === undefined ? 'refused' : `version ${version}`}`, () => {
      assert.equal(writeVersionOf(contentType), version);
    });
  }

  it('reads the longest header that a request can have at once', () => {
    // The fastest of several: a pause of the machine is not the header's.
    const tookMs = Array.from({ length: 10 }, () => {
      const startedMs = performance.now();
      writeVersionOf(`${PROTOBUF};a=${' '.repeat(16_000)}"`);
      writeVersionOf(`${PROTOBUF};${' '.repeat(16_000)}a`);
      writeVersionOf(`${PROTOBUF};${'='.repeat(16_000)}"`);
      return performance.now() - startedMs;
    });
    assert.ok(Math.min(...tookMs) < 25, `${tookMs.join(', ')} ms`);
  });

  it('takes snappy, in any case, or no encoding', () => {
    for (const encoding of [undefined, '', 'snappy', 'Snappy', ' snappy ']) assert.equal(isSnappy(encoding), true, encoding);
    for (const encoding of ['gzip', 'identity', 'snappy, gzip', 'snappy;q=1', 'x-snappy'])
      assert.equal(isSnappy(encoding), false, encoding);
  });
});
