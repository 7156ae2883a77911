import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicaName } from '../../../../services/collector/log/replica-name.ts';

const FRESH = { setting: '', hostName: 'host-1', hasSegments: false, isIdle: true, nowMs: Date.parse('2026-11-20T10:00:00Z') };
const USED = { ...FRESH, hasSegments: true };

describe('the name of a replica', () => {
  const root = mkdtempSync(join(tmpdir(), 'tallyship-replica-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  let logDir: string;
  beforeEach(() => {
    logDir = mkdtempSync(join(root, 'log-'));
  });

  it('is that of the settings or the host, with an epoch of its own for each log', async () => {
    const names = new Set<string>();
    for (let at = 0; at < 20; at++) {
      const dir = join(logDir, String(at));
      mkdirSync(dir);
      const name = await replicaName({ ...FRESH, setting: 'pod-0', logDir: dir });
      assert.match(name, /^pod-0\.[0-9a-z]{9}$/);
      names.add(name);
    }
    assert.equal(names.size, 20);
    assert.match(await replicaName({ ...FRESH, logDir }), /^host-1\.[0-9a-z]{9}$/);
  });

  it('stays what it was at the first start, whatever the host is called now', async () => {
    const name = await replicaName({ ...FRESH, logDir });
    for (const isIdle of [true, false]) assert.equal(await replicaName({ ...USED, hostName: 'host-2', isIdle, logDir }), name);
  });

  it('changes with REPLICA only once nothing is left to seal under the old one', async () => {
    const name = await replicaName({ ...FRESH, setting: 'pod-0', logDir });
    assert.equal(await replicaName({ ...USED, setting: 'pod-1', isIdle: false, logDir }), name);
    const changed = await replicaName({ ...USED, setting: 'pod-1', logDir });
    assert.match(changed, /^pod-1\.[0-9a-z]{9}$/);
    assert.equal(await replicaName({ ...USED, setting: 'pod-1', isIdle: false, logDir }), changed);
  });

  it('goes on as it was for a log of an earlier release', async () => {
    assert.equal(await replicaName({ ...USED, setting: 'pod-0', isIdle: false, logDir }), 'pod-0');
    assert.equal(await replicaName({ ...USED, setting: 'pod-0', logDir }), 'pod-0');
    const other = mkdtempSync(join(root, 'log-'));
    writeFileSync(join(other, 'replica'), 'host-of-before');
    assert.equal(await replicaName({ ...USED, logDir: other }), 'host-of-before');
  });
});
