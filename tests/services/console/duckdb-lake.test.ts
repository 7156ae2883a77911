import assert from 'node:assert/strict';
import { openLake } from '../../../services/console/duckdb-lake.ts';
import { temporaryDir } from '../../support/tiny-lake.ts';

describe('DuckDB door', () => {
  it('gives plain values, in UTC', async () => {
    const lake = await openLake('/nonexistent/lake');
    const [row] = await lake.query(
      "SELECT CAST(3 AS BIGINT) AS n, sum(2) AS s, 1.5 AS d, 'x' AS t, NULL AS u, true AS b, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS ts, $p AS p",
      { p: null },
    );
    assert.deepEqual(row, { n: 3, s: 2, d: 1.5, t: 'x', u: null, b: true, ts: '2026-01-01 00:00:00+00', p: null });
    await lake.close();
  });

  it('answers queries asked at the same time, and goes on after one that failed', async () => {
    const lake = await openLake('/nonexistent/lake');
    const answers = await Promise.allSettled([lake.query('SELECT 1 AS a'), lake.query('SELEC'), lake.query('SELECT 2 AS a')]);
    assert.deepEqual(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed')),
      [[{ a: 1 }], 'failed', [{ a: 2 }]],
    );
    await lake.close();
  });

  it('reads its folder and nothing else, and fetches no extension', async () => {
    const { dir, remove } = await temporaryDir();
    const lake = await openLake(`${dir}/it's lake`);
    await assert.rejects(lake.query("SELECT * FROM read_text('/etc/hostname')"), /Permission Error/);
    await assert.rejects(lake.query(`SELECT * FROM read_text('${dir}/other')`), /Permission Error/);
    await assert.rejects(lake.query('SET enable_external_access = true'), /Cannot|cannot/);
    await assert.rejects(lake.query('INSTALL httpfs'), /Permission Error|disabled/);
    await lake.close();
    await remove();
  });
});
