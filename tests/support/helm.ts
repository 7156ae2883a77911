import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { engineProgram } from '../../tools/engines/find.ts';
import type { Manifest } from './kubernetes-apply.ts';

export type Release = { chart: string; name: string; namespace: string; values: unknown };

/**
 * What `helm install` would send, hooks included.
 * @param chart its folder; charts that it could bring along are left out, since no chart repository is in reach
 */
export function renderChart({ chart, name, namespace, values }: Release): Manifest[] {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-chart-'));
  try {
    cpSync(chart, join(dir, 'chart'), { recursive: true });
    const about = join(dir, 'chart/Chart.yaml');
    const { dependencies: _, ...alone } = parse(readFileSync(about, 'utf8'));
    writeFileSync(about, stringify(alone));
    writeFileSync(join(dir, 'values.json'), JSON.stringify(values));
    const args = ['template', name, join(dir, 'chart'), '--namespace', namespace, '--values', join(dir, 'values.json')];
    const { status, stdout, stderr } = spawnSync(engineProgram('helm'), args, { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
    if (status !== 0) throw new Error(`helm template ${name} ended with ${status}\n${stderr}`);
    return parseAllDocuments(stdout)
      .map((document) => document.toJS() as Manifest | null)
      .filter((object): object is Manifest => object !== null);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
