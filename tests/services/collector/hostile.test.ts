import assert from 'node:assert/strict';
import { readClusters } from '../../support/lake-clusters.ts';
import { peakMemoryOf } from '../../support/peak-memory.ts';
import { addSample, canonicalLabels, differences, type SeriesSamples } from '../../support/series-samples.ts';
import { BLOCK_CASES } from './hostile-blocks.ts';
import type { HostileCase, StoredRow } from './hostile-case.ts';
import { CONTENT_CASES } from './hostile-content.ts';
import { answerOf, type Door, openDoor } from './hostile-door.ts';
import { HEADER_CASES } from './hostile-headers.ts';
import { MESSAGE_CASES } from './hostile-messages.ts';

const MIB = 1024 * 1024;
const CASES = [...BLOCK_CASES, ...MESSAGE_CASES, ...CONTENT_CASES, ...HEADER_CASES];
/** What one request may hold: a body of 16 MiB on both sides of the socket, its decoded form of 64 MiB, and copies on their way. */
const REQUEST_BYTES = 256 * MIB;

describe('hostile requests', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
  });
  after(() => door.close());

  for (const [at, one] of CASES.entries()) {
    it(`${one.status} ${one.name}`, async () => {
      const body = one.body?.();
      let answer: Awaited<ReturnType<typeof answerOf>> | undefined;
      const peak = await peakMemoryOf(async () => {
        answer = await answerOf(await fetch(urlOf(door, one, at), initOf(one, body)));
      });
      assert.deepEqual([answer?.status, answer?.written], [one.status, one.written ?? '0,0,0'], answer?.text);
      if (one.says) assert.match(answer?.text ?? '', one.says);
      assert.equal(answer?.text === '', one.status === 204 || one.method === 'HEAD', 'a refusal says why');
      assert.ok(peak < REQUEST_BYTES, `held ${Math.round(peak / MIB)} MiB`);
    });
  }

  it('leaves in the lake exactly what was answered as written, and holds nothing of the requests', async () => {
    await door.sealAll();
    const lake = await readClusters(door.lakeDir);
    for (const [at, one] of CASES.entries()) {
      assert.deepEqual(differences(lake.get(clusterOf(at)) ?? new Map(), samplesOf(one.stored ?? [])), [], one.name);
    }
    const expected = CASES.flatMap(({ stored }, at) => (stored ? [clusterOf(at)] : []));
    assert.deepEqual([...lake.keys()].sort(), expected.sort());
    assert.equal(await door.measure('collector_inflight_bytes'), 0);
    assert.equal((await fetch(`${door.url}/readyz`)).status, 200);
  });
});

const clusterOf = (at: number) => `case-${at}`;

function urlOf(door: Door, one: HostileCase, at: number): string {
  const query = new URLSearchParams({ cluster_name: clusterOf(at), ...one.query });
  return `${door.url}${one.path ?? '/api/v1/write'}?${query}`;
}

function initOf({ method = 'POST', headers = {} }: HostileCase, body: Uint8Array | undefined): RequestInit {
  return { method, headers, ...(body && { body: new Uint8Array(body) }) };
}

function samplesOf(rows: readonly StoredRow[]): SeriesSamples {
  const all: SeriesSamples = new Map();
  for (const { labels, timeMs, bits } of rows) addSample(all, canonicalLabels(Object.entries(labels)), timeMs, bits);
  return all;
}
