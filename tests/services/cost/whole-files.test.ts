import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findCostFiles } from '@tallyship/cost/cost-query';
import { folderFiles } from '@tallyship/cost/lake-files';
import { HOUR_MS, lakeKey } from '@tallyship/shared/contracts/lake-key';

describe('files that are no whole Parquet files', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-whole-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('are left out of a query, and named', async () => {
    const hourStartMs = 1_790_000 * HOUR_MS - (1_790_000 % 24) * HOUR_MS;
    const contents = { whole: 'PAR1....PAR1', junk: 'sixteen of junk!', cut: 'PAR1........', empty: '' };
    for (const [replica, content] of Object.entries(contents)) {
      const identity = { account: '000000000000', region: 'local', cluster: 'local' };
      const path = join(dir, lakeKey({ ...identity, table: 'usage', hourStartMs, replica, generation: 0 }));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const engine = { query: async <Row>() => [] as Row[] };
    const { usage, damaged } = await folderFiles(dir).reading((open) =>
      findCostFiles(engine, { ...folderFiles(dir), open }, hourStartMs, hourStartMs + HOUR_MS),
    );
    assert.deepEqual(
      usage.map(({ replica }) => replica),
      ['whole'],
    );
    assert.deepEqual(damaged.map(({ replica }) => replica).sort(), ['cut', 'empty', 'junk']);
  });
});
