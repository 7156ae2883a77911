import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { type Fault, faults, PLANTED_KEY, PLANTED_SIGNATURE } from '../../support/scripted-cloudzero.ts';
import { HOUR_MS, openDescriptors, type PlacedFile, parquet, Rig } from './rig.ts';

/** One row of the fault table: what happens, what must be said meanwhile, and how it ends. */
type Row = {
  name: string;
  /** Brings the fault about. */
  break: (rig: Rig, files: PlacedFile[]) => void;
  /** Kind under which telemetry counts it; none for what is no fault. */
  kind?: string;
  /** A text that `/healthz` has while it lasts; none for what mends itself inside one cycle. */
  health?: RegExp;
  /** Proof that it happened, where the script's own count is not enough. */
  hasFired?: (rig: Rig) => void;
  mend?: (rig: Rig) => void;
  /** How long it lasts. */
  lastsMs?: number;
};

const always = 1_000_000;
/** What may be held after a fault beyond what was held before it. */
const MORE_BYTES = 64 * 2 ** 20;
const api =
  (fault: Fault, times = always) =>
  (rig: Rig) =>
    rig.lake.failApi(fault, times);
const storage =
  (fault: Fault, times = always) =>
  (rig: Rig) =>
    rig.lake.failStorage(fault, times);
const heal = (rig: Rig) => rig.lake.heal();

const TABLE: Row[] = [
  {
    name: 'API down for hours',
    break: api(faults.reset()),
    lastsMs: 5 * HOUR_MS,
    kind: 'transport',
    health: /ECONNRESET|socket hang up/,
  },
  { name: '401 of the API', break: api(faults.status(401)), kind: 'unauthorized', health: /401, the key is refused/ },
  {
    name: '403 of the API',
    break: api(faults.status(403, {}, `{"message":"User is not authorized: ${PLANTED_KEY}"}`)),
    kind: 'unauthorized',
    health: /403, the key is refused.*not authorized: \[redacted\]/,
  },
  { name: '404 of the API', break: api(faults.status(404)), kind: 'refused', health: /404/ },
  { name: '501 of the API', break: api(faults.status(501)), kind: 'refused', health: /501/ },
  {
    name: '429 of the API with Retry-After',
    break: api(faults.status(429, { 'retry-after': '90' })),
    kind: 'throttled',
    health: /429/,
  },
  { name: '500 of the API', break: api(faults.status(500)), kind: 'unavailable', health: /500/ },
  { name: '503 of the API', break: api(faults.status(503, { 'retry-after': '5' })), kind: 'unavailable', health: /503/ },
  {
    name: 'redirect by the API',
    break: api(faults.status(302, { location: 'http://127.0.0.1:1/' })),
    kind: 'refused',
    health: /302/,
  },
  { name: 'API that never answers', break: api(faults.silence()), lastsMs: 602_000, kind: 'timeout', health: /nothing moved for 1200 ms/ },
  { name: 'truncated answer', break: api(faults.truncatedAnswer()), kind: 'transport', health: /aborted|ECONNRESET/ },
  { name: 'endless answer', break: api(faults.endlessAnswer()), kind: 'bad_answer', health: /longer than 4194304 bytes/ },
  { name: 'answer that is no JSON', break: api(faults.answer('<html>')), kind: 'bad_answer', health: /is not a JSON object/ },
  {
    name: 'answer that is a JSON list',
    break: api(faults.answer('["https://x"]')),
    kind: 'bad_answer',
    health: /is not a JSON object/,
  },
  { name: 'empty map', break: api(faults.answer('{}')), kind: 'no_urls', health: /3 of 3 files got no upload URL/ },
  { name: 'slow answer', break: api(faults.slow(300), 2) },
  { name: '403 that means expired', break: storage(faults.expired(), 2), kind: 'expired_url' },
  {
    name: '403 that means expired, every time',
    break: storage(faults.expired()),
    kind: 'expired_url',
    health: /every upload URL ran out/,
  },
  {
    name: '403 of the storage',
    break: storage(faults.status(403, {}, `<Error><Code>SignatureDoesNotMatch</Code><S>${PLANTED_SIGNATURE}</S></Error>`)),
    kind: 'refused',
    health: /403 SignatureDoesNotMatch/,
  },
  { name: '403 before the body is read', break: storage(faults.earlyStatus(403)), kind: 'refused', health: /403/ },
  {
    name: '404 of the storage',
    break: storage(faults.status(404, {}, '<Code>NoSuchBucket</Code>')),
    kind: 'refused',
    health: /NoSuchBucket/,
  },
  { name: '429 of the storage', break: storage(faults.status(429, { 'retry-after': '30' })), kind: 'throttled', health: /429/ },
  { name: '500 of the storage', break: storage(faults.status(500)), kind: 'unavailable', health: /500/ },
  { name: '503 of the storage', break: storage(faults.status(503)), kind: 'unavailable', health: /503/ },
  {
    name: 'half-open connection in a PUT',
    break: storage(faults.halfOpen(), 3),
    lastsMs: 602_000,
    kind: 'timeout',
    health: /nothing moved for 1200 ms/,
  },
  {
    name: 'reset in the middle of a PUT',
    break: storage(faults.reset(70_000), 5),
    kind: 'transport',
    health: /ECONNRESET|EPIPE|hang up/,
  },
  { name: 'truncated answer to a PUT', break: storage(faults.truncatedAnswer(), 3), kind: 'transport' },
  { name: 'slow PUT', break: storage(faults.slow(300), 2) },
  {
    name: 'other bytes in the storage than were sent',
    break: storage(faults.status(200, { etag: `"${'0'.repeat(32)}"` }), 3),
    kind: 'corrupted',
    health: /ETag is not the MD5/,
  },
  {
    name: 'fewer URLs than files',
    break: (rig) =>
      rig.lake.failApi(
        rig.lake.answering((urls) => Object.fromEntries(Object.entries(urls).slice(0, 1))),
        1,
      ),
    kind: 'no_urls',
  },
  {
    name: 'URLs for files that nobody asked for',
    break: (rig) =>
      rig.lake.failApi(
        rig.lake.answering((urls) => ({ ...urls, 'no/such': 'http://h/', ['n'.repeat(500)]: 3 })),
        1,
      ),
    kind: 'bad_answer',
  },
  {
    name: 'members that are no URLs',
    break: (rig) =>
      rig.lake.failApi(
        rig.lake.answering((urls) => Object.fromEntries(Object.keys(urls).map((id, n) => [id, [7, null, 'file:///etc/passwd'][n % 3]]))),
      ),
    kind: 'bad_answer',
    health: /has no URL but (a value of type number|null|a text that is none)/,
  },
  {
    name: 'clock that jumps by hours while files are uploaded',
    break: (rig) =>
      rig.lake.failStorage((request, response, proceed) => {
        rig.clock.advance(2 * HOUR_MS);
        return faults.status(403)(request, response, proceed);
      }, 1),
    kind: 'expired_url',
  },
  {
    name: 'key rotated in mid-cycle',
    break: (rig) =>
      rig.lake.failApi((_, response) => {
        rig.lake.keys = new Set(['rotated-key']);
        writeFileSync(rig.keyFile('lake'), 'rotated-key');
        response.writeHead(403).end();
      }, 1),
  },
  {
    name: 'key file missing',
    break: (rig) => rmSync(rig.keyFile('lake')),
    hasFired: (rig) => assert.equal(rig.lake.calls.length, 0),
    mend: (rig) => writeFileSync(rig.keyFile('lake'), PLANTED_KEY),
    kind: 'key_file',
    health: /key file .*lake\.key: ENOENT/,
  },
  {
    name: 'key file empty',
    break: (rig) => writeFileSync(rig.keyFile('lake'), '\n'),
    hasFired: (rig) => assert.equal(rig.lake.calls.length, 0),
    mend: (rig) => writeFileSync(rig.keyFile('lake'), PLANTED_KEY),
    kind: 'key_file',
    health: /is empty/,
  },
];

/** What is held, garbage included. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('shipper: fault table', () => {
  for (const row of TABLE)
    it(row.name, async () => {
      const rig = new Rig();
      try {
        await rig.start();
        await rig.pass(700_000);
        await rig.get('/healthz');
        const descriptors = openDescriptors();
        const metric = `shipper_faults_total{target="lake",fault="${row.kind}"}`;
        const counted = row.kind ? await rig.metric(metric) : 0;
        collectGarbage();
        const heldBytes = held();
        const files = [rig.placeLake(0), rig.placeLake(1), rig.placeLake(2, { bytes: Buffer.alloc(300_000, 7) })];
        row.break(rig, files);
        await rig.pass(row.lastsMs ?? 700_000);

        if (row.hasFired) row.hasFired(rig);
        else assert.ok(rig.lake.fired > 0, 'the fault has fired');
        if (row.kind) assert.ok((await rig.metric(metric)) > counted, 'telemetry counts it');
        if (row.kind)
          assert.ok(rig.said.some((line) => line.includes(`"fault":"${row.kind}"`)) || row.kind === 'expired_url', 'the log says it');
        if (row.health && rig.stages('lake').sending.length > 0) {
          const health = await rig.get('/healthz');
          assert.equal(health.status, 503);
          assert.match(health.text, row.health);
          assert.equal((await rig.get('/readyz')).status, 503, 'a required target in trouble is not ready');
        }
        assert.equal((await rig.get('/livez')).status, 200);

        (row.mend ?? heal)(rig);
        await rig.pass(1_300_000);
        rig.assertArrived(files);
        const later = rig.placeLake(3, { bytes: parquet(4, 4) });
        await rig.pass(700_000);
        rig.assertArrived([later]);
        for (const [name, { puts }] of rig.lake.objects)
          if (!name.includes('shipments')) assert.equal(puts, 1, `${name} was put ${puts} times`);
        assert.equal((await rig.get('/healthz')).status, 200, 'healthy again');
        await rig.assertNoSecretTold();
        // A collection takes longer than most rows: only where there is much does it matter what of it is garbage.
        if (held() - heldBytes >= MORE_BYTES) collectGarbage();
        assert.ok(held() - heldBytes < MORE_BYTES, `${held() - heldBytes} bytes more are held`);
        assert.ok(openDescriptors() <= descriptors + 8, `${openDescriptors()} descriptors are open, ${descriptors} before`);
      } finally {
        await rig.end();
      }
    });

  it('disk full while marking', async () => {
    const rig = new Rig();
    try {
      // The real thing: SQLite refuses the page that does not fit.
      await rig.start(['lake'], { MAX_LEDGER_BYTES: '65536' });
      const files = Array.from({ length: 60 }, (_, n) => rig.placeLake(n));
      await rig.pass(700_000);
      const health = await rig.get('/healthz');
      assert.match(health.text, /ledger: .*full.*MAX_LEDGER_BYTES/);
      assert.ok((await rig.metric('shipper_mark_file_uploaded_error_total')) > 0);
      assert.ok(rig.stages('lake').sending.length > 0, 'what is not marked waits');
      await rig.stop();
      await rig.startShipper({ MAX_LEDGER_BYTES: '10000000' });
      await rig.pass(1_300_000);
      rig.assertArrived(files);
      assert.equal((await rig.get('/healthz')).status, 200);
    } finally {
      await rig.end();
    }
  });

  it('a file vanished', async () => {
    const rig = new Rig();
    try {
      await rig.start();
      const [gone, here] = [rig.placeLake(0), rig.placeLake(1)];
      rig.lake.failApi(async (_, __, proceed) => {
        rmSync(join(rig.dir, 'sending/lake', gone.key));
        await proceed();
      });
      await rig.pass(700_000);
      assert.equal(rig.lake.fired, 1);
      rig.assertArrived([here]);
      assert.equal(await rig.metric('shipper_faults_total{target="lake",fault="vanished"}'), 1);
      assert.equal((await rig.get('/healthz')).status, 200, 'there is nothing left to do about it');
    } finally {
      await rig.end();
    }
  });

  it('1,000 files waiting', async function () {
    this.timeout(180_000);
    const rig = new Rig();
    try {
      await rig.start(['lake'], { MAX_DATA_BYTES: '1000000000' });
      rig.lake.failApi(faults.status(503), always);
      const files = Array.from({ length: 1000 }, (_, n) => rig.placeLake(n));
      await rig.pass(700_000);
      const descriptors = openDescriptors();
      rig.lake.heal();
      await rig.pass(300_000);
      rig.assertArrived(files);
      assert.ok(rig.lake.calls.every(({ referenceIds }) => referenceIds.length <= 200));
      for (const [name, { puts }] of rig.lake.objects) assert.equal(puts, 1, name);
      assert.ok(openDescriptors() <= descriptors + 8);
    } finally {
      await rig.end();
    }
  });

  it('one file that the API refuses does not keep the others', async () => {
    const rig = new Rig();
    try {
      await rig.start();
      const files = Array.from({ length: 7 }, (_, n) => rig.placeLake(n));
      const poison = files[4] as PlacedFile;
      rig.lake.failApi(
        rig.lake.answering((urls) => (poison.referenceId in urls ? undefined : urls)),
        always,
      );
      await rig.pass(1_300_000);
      assert.deepEqual(rig.stages('lake').sending, [poison.referenceId]);
      assert.match((await rig.get('/healthz')).text, /refused: upload call .*400/);
      assert.equal([...rig.lake.objects.keys()].filter((name) => name.includes('samples')).length, 6);
    } finally {
      await rig.end();
    }
  });
});
