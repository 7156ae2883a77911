import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceContainer } from '../../../infra/workloads/service-container.ts';

const DOCKERFILE = join(import.meta.dirname, '../../../images/service.Dockerfile');
const namesOf = (flags: readonly string[]) => flags.map((flag) => flag.split('=')[0]);

describe("Node's options of a container", () => {
  it('are not set by the entrypoint of its image as well, whose flags go before them', () => {
    const size = { cpuRequestMillis: 200, cpuLimitMillis: 2000, memoryMib: 512 };
    const { env = [] } = serviceContainer({
      name: 'collector',
      image: 'collector',
      port: 8080,
      env: [],
      size,
      mounts: {},
      hasTraffic: true,
    });
    const options = String(env.find(({ name }) => name === 'NODE_OPTIONS')?.value).split(' ');
    const entrypoint = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(readFileSync(DOCKERFILE, 'utf8'))?.[1] as string) as string[];
    const flags = namesOf(entrypoint.filter((part) => part.startsWith('--')));
    assert.deepEqual(namesOf(options), ['--max-old-space-size', '--max-semi-space-size']);
    assert.deepEqual(
      namesOf(options).filter((name) => flags.includes(name)),
      [],
    );
  });
});
