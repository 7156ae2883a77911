import { setTimeout as sleep } from 'node:timers/promises';
import { openPlatform } from '../tests/engine/platform.ts';
import { type Figure, figureOf, textOf } from './figure.ts';
import { table } from './table.ts';

/**
 * Times `pulumi preview` of prod on Pulumi's real engine, seconds of wall clock a command. The providers are simulated, so that what AWS would
 * take to answer is not in it.
 */
export async function benchPreview(rounds: number, host: object, isJson: boolean): Promise<void> {
  const stack = await openPlatform('prod');
  try {
    const time = async (...flags: string[]) => {
      const start = performance.now();
      const { length } = await stack.preview(...flags);
      return { seconds: (performance.now() - start) / 1000, resources: length };
    };
    const first = await several(rounds, () => time());
    await stack.up();
    const atRest = await several(rounds, () => time('--expect-no-changes'));
    if (isJson) process.stdout.write(`${JSON.stringify({ ...host, first, atRest }, null, 2)}\n`);
    else
      process.stdout.write(
        `${JSON.stringify(host)}\n${table([HEAD, row('nothing made yet', first), row('at rest', { ...atRest, resources: first.resources })])}`,
      );
  } finally {
    await stack.close();
  }
}

const HEAD = ['prod', 'resources', 'seconds'];

async function several(rounds: number, run: () => Promise<{ seconds: number; resources: number }>) {
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    runs.push(await run());
    await sleep(200);
  }
  return { resources: runs[0]?.resources ?? 0, ...figureOf(runs.map(({ seconds }) => seconds)) };
}

function row(what: string, { resources, ...seconds }: Figure & { resources: number }): string[] {
  return [what, String(resources), textOf(seconds, 1)];
}
