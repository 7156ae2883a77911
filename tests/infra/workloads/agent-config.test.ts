import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterAgentConfig, remoteWriteBlock } from '../../../infra/workloads/agent-config.ts';
import { meteringObjects } from '../../../infra/workloads/metering-objects.ts';
import { nameOf } from '../../../infra/workloads/objects.ts';
import { MOST } from './sample-args.ts';

const objects = meteringObjects(MOST);
const DOOR = { isTls: true, hasTokens: true, hasConsole: true };
const find = <T>(name: string) => objects.find((object) => nameOf(object) === name) as unknown as T;

describe('the configuration of the agents', () => {
  it('gets the address and the name of its node from the init container', () => {
    const config = find<{ data: Record<string, string> }>('ConfigMap tallyship-agent/node-agent').data['agent.json'] as string;
    const daemonSet = find<{ spec: { template: { spec: { initContainers: { command: string[]; args: string[] }[] } } } }>(
      'DaemonSet tallyship-agent/node-agent',
    );
    const [render] = daemonSet.spec.template.spec.initContainers;
    const rendered = runAsInPod(render as { command: string[]; args: string[] }, config, {
      NODE_IP: '10.0.1.7',
      NODE_NAME: 'node-a.internal',
    });
    assert.deepEqual(rendered.scrape_configs[0].static_configs, [
      { targets: ['10.0.1.7:10250'], labels: { instance: 'node-a.internal', node: 'node-a.internal' } },
    ]);
  });

  it('asks a GPU exporter only where there is one', () => {
    assert.ok(MOST.agent.mode === 'federated');
    const { dcgm: _, ...without } = MOST.agent;
    assert.match(clusterAgentConfig(MOST.agent, DOOR), /dcgm-exporter\.gpu\.svc/);
    assert.doesNotMatch(clusterAgentConfig(without, DOOR), /dcgm/);
  });

  it('is a block to paste where a Prometheus is there already, with a token where one is asked for', () => {
    const block =
      'remote_write:\n  - url: http://collector.tallyship.svc/api/v1/write\n    protobuf_message: io.prometheus.write.v2.Request\n';
    assert.equal(remoteWriteBlock(false, false), block);
    assert.match(remoteWriteBlock(true, false), /authorization:\n {6}credentials_file:/);
    assert.match(remoteWriteBlock(false, true), /- url: https:.*\n.*\n {4}tls_config:\n {6}ca_file:/);
  });
});

/** Runs an init container's program here, with its folders in a temporary one and variables put in as the kubelet does. */
function runAsInPod({ command, args }: { command: string[]; args: string[] }, config: string, variables: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-render-'));
  writeFileSync(join(dir, 'agent.json'), config);
  const expanded = args.map((arg) =>
    Object.entries(variables)
      .reduce((text, [name, value]) => text.replaceAll(`$(${name})`, value), arg)
      .replace('/etc/rendered/agent.json', join(dir, 'rendered.json'))
      .replace('/etc/agent/agent.json', join(dir, 'agent.json')),
  );
  const { status, stderr } = spawnSync(command[0] as string, expanded, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const rendered = JSON.parse(readFileSync(join(dir, 'rendered.json'), 'utf8'));
  rmSync(dir, { recursive: true });
  return rendered;
}
