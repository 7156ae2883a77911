import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { backoffMs, jittered, retryAfterMs } from '../../../services/shipper/backoff.ts';
import { SYSTEM_CLOCK } from '../../../services/shipper/clock.ts';
import { HttpSender } from '../../../services/shipper/http-send.ts';
import { planLosses, planPurge } from '../../../services/shipper/plan-purge.ts';
import { lifeMs, placeOf, signsHeader } from '../../../services/shipper/presigned-url.ts';
import { putFile } from '../../../services/shipper/put-file.ts';
import { parseShipKey } from '../../../services/shipper/ship-file.ts';
import type { StoredFile } from '../../../services/shipper/volume.ts';

describe('shipper: rules', () => {
  it('waits longer each time, never longer than the limit, never shorter than asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1000, max: 1e6 }),
        fc.nat(2e6),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, maxMs, asked, random) => {
          const wait = backoffMs(failures, { maxMs, retryAfterMs: asked, random });
          assert.ok(wait >= Math.min(asked, maxMs) && wait <= maxMs && wait >= Math.min(500, maxMs));
        },
      ),
    );
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => backoffMs(n, { maxMs: 60_000, retryAfterMs: 0, random: 1 })),
      [1000, 2000, 4000, 8000],
    );
    assert.deepEqual([jittered(1000, 0), jittered(1000, 0.5)], [900, 1000]);
  });

  it('reads Retry-After as seconds or as a date', () => {
    const now = Date.UTC(2026, 10, 21);
    assert.deepEqual(
      ['7', 'Sat, 21 Nov 2026 00:01:00 GMT', 'Sat, 21 Nov 2020 00:01:00 GMT', 'soon', '-5', undefined].map((text) =>
        retryAfterMs(text, now),
      ),
      [7000, 60_000, 0, 0, 0, 0],
    );
  });

  it('tells a URL without its query, and reads how long it holds and what it signs', () => {
    const url = new URL(
      'https://b.s3.amazonaws.com/k/x.parquet?X-Amz-Expires=900&X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256&X-Amz-Signature=s',
    );
    assert.equal(placeOf(url), 'b.s3.amazonaws.com/k/x.parquet');
    assert.deepEqual([lifeMs(url), lifeMs(new URL('http://h/'))], [900_000, undefined]);
    assert.deepEqual([signsHeader(url, 'x-amz-checksum-sha256'), signsHeader(url, 'content-type')], [true, false]);
  });

  it('takes the keys of its targets and no others', () => {
    const folder = 'account=123456789012/region=us-east-1/cluster=shop';
    const lake = `samples/v1/${folder}/date=2026-11-20/samples_1795132800000_1795136400000_a.b-c-0.parquet`;
    assert.equal(parseShipKey(lake)?.referenceId, 'samples_1795132800000_1795136400000_a.b-c-0.parquet');
    assert.deepEqual(parseShipKey(lake)?.manifest?.replica, 'a.b-c');
    assert.equal(parseShipKey(lake.replaceAll('samples', 'shipments'))?.manifest, undefined, 'a manifest does not list itself');
    assert.equal(parseShipKey(`cloudzero/v1/${folder}/metrics_1_2.parquet`)?.startMs, 1);
    for (const key of [`cloudzero/v1/${folder}/other_1_2.parquet`, lake.replace('123456789012', '..'), `${lake}.tmp`, 'x'])
      assert.equal(parseShipKey(key), undefined, key);
  });

  const stored = fc.record({
    target: fc.constantFrom('lake', 'cloudzero'),
    stage: fc.constantFrom('ready' as const, 'sending' as const, 'shipped' as const),
    key: fc.uuid(),
    bytes: fc.nat(1000),
    modifiedMs: fc.nat(1000),
  });

  it('purges the oldest first, no more than it must, and never what is not shipped', () => {
    fc.assert(
      fc.property(fc.array(stored), fc.nat(20_000), fc.nat(1000), (files, maxDataBytes, retentionMs) => {
        const plan = planPurge(files, 1000, { maxDataBytes, retentionMs });
        const sum = (list: readonly StoredFile[]) => list.reduce((bytes, file) => bytes + file.bytes, 0);
        const gone = plan.map(({ file }) => file);
        const kept = files.filter((file) => !gone.includes(file));
        assert.ok(gone.every(({ stage }) => stage === 'shipped'));
        assert.ok(sum(kept) <= maxDataBytes || kept.every(({ stage }) => stage !== 'shipped'));
        const youngest = Math.max(...gone.map(({ modifiedMs }) => modifiedMs), -1);
        assert.ok(kept.every(({ stage, modifiedMs }) => stage !== 'shipped' || modifiedMs >= youngest));
        const last = plan.findLast(({ reason }) => reason === 'pressure');
        if (last && plan.at(-1) === last) assert.ok(sum(kept) + last.file.bytes > maxDataBytes);
      }),
    );
  });

  it('gives up unshipped files of one target alone, oldest first, until the rest fits', () => {
    fc.assert(
      fc.property(fc.array(stored), fc.nat(5_000), (files, quota) => {
        const lost = planLosses(files, 'cloudzero', quota);
        assert.ok(lost.every(({ target, stage }) => target === 'cloudzero' && stage !== 'shipped'));
        const kept = files.filter((file) => file.target === 'cloudzero' && file.stage !== 'shipped' && !lost.includes(file));
        assert.ok(kept.reduce((bytes, file) => bytes + file.bytes, 0) <= quota);
      }),
    );
  });

  describe('what an answer proves', () => {
    const bytes = Buffer.from('the bytes of a file');
    const [sha256, md5] = ['sha256', 'md5'].map((name) => createHash(name).update(bytes).digest()) as [Buffer, Buffer];
    const dir = mkdtempSync(join(tmpdir(), 'tallyship-put-'));
    const sender = new HttpSender(2);
    let server: Server;
    let headers: Record<string, string> = {};
    before(async () => {
      writeFileSync(join(dir, 'file'), bytes);
      server = createServer((request, response) => {
        request.resume().on('end', () => response.writeHead(200, headers).end());
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    after(() => {
      sender.close();
      server.close();
      rmSync(dir, { recursive: true });
    });
    const put = () => {
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/o?X-Amz-Signature=s`);
      const limits = { url, expiresAtMs: Date.now() + 60_000, idleTimeoutMs: 1000, deadlineMs: 5000 };
      return putFile(
        { path: join(dir, 'file'), bytes: bytes.length, sha256, md5 },
        limits,
        { sender, clock: SYSTEM_CLOCK },
        new AbortController().signal,
      );
    };
    const wrong = '0'.repeat(32);
    for (const [name, given, proof] of [
      ['ETag that is the MD5', { etag: `"${md5.toString('hex')}"` }, 'etag'],
      ['ETag of parts', { etag: `"${wrong}-2"` }, 'none'],
      ['ETag with a KMS key', { etag: `"${wrong}"`, 'x-amz-server-side-encryption': 'aws:kms' }, 'none'],
      ['ETag with a customer key', { etag: `"${wrong}"`, 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 'none'],
      ['ETag with S3 keys', { etag: `"${md5.toString('hex')}"`, 'x-amz-server-side-encryption': 'AES256' }, 'etag'],
      ['checksum header', { 'x-amz-checksum-sha256': sha256.toString('base64'), etag: `"${wrong}"` }, 'checksum'],
      ['neither', {}, 'none'],
    ] as const)
      it(name, async () => {
        headers = given;
        assert.equal(await put(), proof);
      });
    for (const given of [{ etag: `"${wrong}"` }, { 'x-amz-checksum-sha256': 'AAAA' }])
      it(`refuses ${Object.keys(given)[0]} of other bytes`, async () => {
        headers = given as Record<string, string>;
        await assert.rejects(put(), { name: 'ShipFault', kind: 'corrupted' });
      });
  });
});
