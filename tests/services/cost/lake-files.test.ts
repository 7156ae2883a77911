import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TABLES } from '@tallyship/shared/contracts/columns';
import { lakeKey } from '@tallyship/shared/contracts/lake-key';
import { listLakeFiles } from '../../../services/cost/lake-files.ts';
import { keyOf, LAKE_COLUMNS } from '../../support/lake-writer.ts';
import { temporaryDir } from '../../support/tiny-lake.ts';

const HOUR = 3_600_000;
const BASE = Date.UTC(2026, 6, 10, 23);

describe('lake files', () => {
  it('lists a table by hours over all clusters and days, and passes foreign files over', async () => {
    const { dir, remove } = await temporaryDir();
    const keys = [
      keyOf({ table: 'usage', hourStartMs: BASE }),
      keyOf({ table: 'usage', hourStartMs: BASE + HOUR, cluster: 'other' }),
      keyOf({ table: 'usage', hourStartMs: BASE + 2 * HOUR }),
      keyOf({ table: 'usage', hourStartMs: BASE - HOUR }),
      keyOf({ table: 'samples', hourStartMs: BASE }),
      `${dirname(keyOf({ table: 'usage', hourStartMs: BASE }))}/usage.parquet.tmp`,
      'usage/v1/readme.txt',
    ];
    for (const key of keys) {
      await mkdir(dirname(join(dir, key)), { recursive: true });
      await writeFile(join(dir, key), '');
    }
    const found = await listLakeFiles(dir, 'usage', BASE, BASE + 2 * HOUR);
    assert.deepEqual(
      found.map((file) => [file.cluster, file.hourStartMs - BASE]),
      [
        ['other', HOUR],
        ['test', 0],
      ],
    );
    assert.equal(found[1].path, join(dir, keys[0]));
    await remove();
    assert.deepEqual(await listLakeFiles(dir, 'usage', BASE, BASE + HOUR), []);
  });

  it("is what the tests' own writer writes: same keys, same columns", () => {
    const file = {
      table: 'usage',
      account: '000000000000',
      region: 'us-east-1',
      cluster: 'test',
      hourStartMs: BASE,
      replica: 'r0',
      generation: 0,
    } as const;
    assert.equal(keyOf(file), lakeKey(file));
    for (const table of ['samples', 'usage'] as const) {
      assert.deepEqual(
        LAKE_COLUMNS[table].map(([name]) => name),
        TABLES[table].map(({ name }) => name),
      );
    }
  });
});
