import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClusters } from '../../support/lake-clusters.ts';
import { encodeMessage } from '../../support/remote-write-messages.ts';
import * as w from '../../support/remote-write-wire.ts';
import { countSamples } from '../../support/series-samples.ts';
import { GOOD_V2, goodV1, ONE, SYMBOLS, T } from './hostile-case.ts';
import { type Door, openDoor, V1, V2 } from './hostile-door.ts';

describe('the write endpoint', () => {
  let door: Door;
  let tokens: string;
  before(async () => {
    tokens = join(mkdtempSync(join(tmpdir(), 'tallyship-app-')), 'tokens');
    writeFileSync(tokens, 'old\nboth\n');
    door = await openDoor({ BEARER_TOKENS_FILE: tokens });
  });
  after(async () => {
    await door.close();
    rmSync(join(tokens, '..'), { recursive: true });
  });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const write = (body: Uint8Array, headers: Record<string, string> = V1, query = '') =>
    door.write(body, { ...headers, ...bearer('both') }, query);

  it('asks for a token, and takes any of the file', async () => {
    const body = w.block(goodV1('token'));
    for (const headers of [{}, bearer('wrong'), { authorization: 'Basic b2xk' }]) {
      const { status, written, text } = await door.write(body, headers);
      assert.deepEqual([status, written, text], [401, ',,', 'missing or unknown bearer token']);
    }
    for (const token of ['old', 'both']) assert.equal((await door.write(body, bearer(token))).status, 204);
  });

  it('takes a rotated token at once, and the old one no more', async () => {
    writeFileSync(tokens, 'new\nboth\n');
    const body = w.block(goodV1('rotated'));
    assert.equal((await door.write(body, bearer('old'))).status, 401);
    assert.equal((await door.write(body, bearer('new'))).status, 204);
  });

  it('asks for the token before it says anything about the request', async () => {
    assert.equal((await door.write(Buffer.alloc(1), { 'content-type': 'image/png' }, '?region=..')).status, 401);
  });

  it('leaves its health and telemetry open', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) assert.equal((await fetch(`${door.url}${path}`)).status, 200, path);
  });

  for (const [version, headers] of [
    [1, V1],
    [2, V2],
  ] as const) {
    it(`answers a repeated request as before and stores it once, version ${version}`, async () => {
      const body = w.block(
        encodeMessage(version, [
          {
            labels: [['__name__', `repeat${version}`]],
            samples: [
              { timeMs: T, bits: ONE },
              { timeMs: 0, bits: ONE },
            ],
          },
        ]),
      );
      const answers = [];
      for (let time = 0; time < 3; time++) answers.push(await write(body, headers, '?cluster_name=repeats'));
      answers.push(...(await Promise.all([1, 2, 3].map(() => write(body, headers, '?cluster_name=repeats')))));
      assert.deepEqual([answers[0]?.status, answers[0]?.written], [400, '1,0,0']);
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
    });
  }

  it('takes the same body for another cluster as another request', async () => {
    const body = w.block(w.message(SYMBOLS, GOOD_V2));
    for (const cluster of ['one', 'two']) {
      const query = `?cluster_name=${cluster}&cloud_account_id=123456789012&region=eu-west-1`;
      assert.deepEqual((await write(body, V2, query)).written, '1,0,0');
    }
  });

  it('counts what it takes and what it refuses', async () => {
    const measure = () =>
      Promise.all(
        ['written', 'refused'].map(async (outcome) => (await door.measure(`collector_exemplars_total\\{outcome="${outcome}"\\}`)) || 0),
      );
    const before = await measure();
    const exemplars = [T, 0, 1].map((timeMs) => ({ bits: ONE, timeMs }));
    await write(w.block(encodeMessage(1, [{ labels: [['__name__', 'e']], exemplars }])));
    const after = await measure();
    assert.deepEqual(
      after.map((count, at) => count - (before[at] as number)),
      [1, 2],
    );
  });

  it('has each of them once in the lake, under the identity that the query named', async () => {
    await door.sealAll();
    const lake = await readClusters(door.lakeDir);
    assert.deepEqual([...lake].map(([cluster, samples]) => [cluster, countSamples(samples)]).sort(), [
      ['local', 2],
      ['one', 1],
      ['repeats', 2],
      ['two', 1],
    ]);
  });
});
