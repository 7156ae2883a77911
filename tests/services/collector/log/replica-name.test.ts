import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicaName } from '../../../../services/collector/log/replica-name.ts';

describe('the name of a replica', () => {
  const root = mkdtempSync(join(tmpdir(), 'tallyship-replica-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  it('stays the host name of the first start, so that a seal cut short ends under the name it was begun with', async () => {
    const dir = join(root, 'kept');
    assert.equal(await replicaName('', dir, 'host-1'), 'host-1');
    assert.equal(await replicaName('', dir, 'host-2'), 'host-1');
    assert.equal(await replicaName('', join(root, 'other'), 'host-2'), 'host-2');
  });

  it('is what the settings say where they say one', async () => {
    const dir = join(root, 'set');
    await replicaName('', dir, 'host-1');
    assert.equal(await replicaName('pod-0', dir, 'host-2'), 'pod-0');
    assert.equal(await replicaName('', dir, 'host-2'), 'host-1');
  });
});
