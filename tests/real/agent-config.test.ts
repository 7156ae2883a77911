import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterAgentConfig, nodeAgentConfig, remoteWriteBlock } from '../../infra/workloads/agent-config.ts';
import { engineProgram } from '../../tools/engines/find.ts';
import { MOST } from '../infra/workloads/sample-args.ts';

const PLAIN = { isTls: false, hasTokens: false };
const GUARDED = { isTls: true, hasTokens: true };

describe('a real Prometheus, asked about the configuration of its agents', () => {
  const { agent } = MOST;
  if (agent.mode !== 'federated') throw new Error('the sample has agents');
  const configs = {
    'of a node': nodeAgentConfig(agent, PLAIN),
    'of a node, with TLS and a token': nodeAgentConfig(agent, GUARDED),
    'of a node that does not verify': nodeAgentConfig({ ...agent, verifiesKubelets: false }, PLAIN),
    'of the cluster': clusterAgentConfig(agent, { ...PLAIN, hasConsole: false }),
    'of the cluster, with TLS and a token': clusterAgentConfig(agent, { ...GUARDED, hasConsole: true }),
    'with the pasted block': `scrape_configs: []\n${remoteWriteBlock(true, true)}`,
  };
  for (const [which, config] of Object.entries(configs)) {
    it(`takes that ${which}`, () => {
      const dir = mkdtempSync(join(tmpdir(), 'tallyship-agent-'));
      const file = join(dir, 'agent.json');
      writeFileSync(file, config);
      // The files of the service account are there in a pod only.
      const args = ['check', 'config', '--agent', '--syntax-only', file];
      const { status, stdout, stderr } = spawnSync(engineProgram('promtool'), args, { encoding: 'utf8' });
      rmSync(dir, { recursive: true });
      assert.equal(status, 0, stdout + stderr);
    });
  }
});
