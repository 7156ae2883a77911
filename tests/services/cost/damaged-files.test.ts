import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DamagedFiles } from '@tallyship/cost/damaged-files';
import type { FoundFile } from '@tallyship/cost/lake-files';
import { temporaryDir } from '../../support/tiny-lake.ts';

describe('what a query does when it fails over damaged files', () => {
  let dir: string;
  let remove: () => Promise<void>;
  let found: string[];
  let damaged: DamagedFiles;
  /** What reading a file by itself ends in, by replica; sound where nothing is said. */
  let faults: Record<string, string>;
  let checked: number;
  beforeEach(async () => {
    ({ dir, remove } = await temporaryDir());
    found = [];
    faults = {};
    checked = 0;
    damaged = new DamagedFiles(({ replica }, reason) => found.push(`${replica}: ${reason}`));
  });
  afterEach(() => remove());

  const fileOf = (replica: string, content = 'PAR1 some rows PAR1'): FoundFile => {
    const path = join(dir, `${replica}.parquet`);
    writeFileSync(path, content);
    return { account: 'a', region: 'r', cluster: 'c', table: 'usage', hourStartMs: 0, replica, generation: 0, path };
  };
  const faultIn = (text: string) => Object.entries(faults).find(([replica]) => text.includes(`${replica}.parquet`))?.[1];
  const engine = {
    query: async <Row>(sql: string): Promise<Row[]> => {
      checked += 1;
      const fault = faultIn(sql);
      if (fault !== undefined) throw new Error(fault);
      return [];
    },
  };
  /** Fails with the first file that does, and gives the replicas otherwise. */
  const read = async (files: readonly FoundFile[]): Promise<string[]> => {
    const fault = faultIn(files.map(({ path }) => path).join());
    if (fault !== undefined) throw new Error(fault);
    return files.map(({ replica }) => replica);
  };

  it('reads each file once, asks again without those that fail, and knows them from then on', async () => {
    const files = ['a', 'b', 'c', 'd'].map((replica) => fileOf(replica));
    faults = { b: 'Invalid Error: Out of buffer\nLINE 1: SELECT', d: 'ZSTD Decompression failure' };
    let asked = 0;
    const ask = () =>
      damaged.reading(engine, files, async (whole) => {
        asked += 1;
        return await read(whole);
      });
    const { rows, damaged: leftOut } = await ask();
    assert.deepEqual([rows, leftOut.map(({ replica }) => replica), checked, asked], [['a', 'c'], ['b', 'd'], 4, 2]);
    assert.deepEqual((await ask()).rows, ['a', 'c']);
    assert.deepEqual([checked, asked], [4, 3]);
    assert.deepEqual(found, ['b: Invalid Error: Out of buffer', 'd: ZSTD Decompression failure']);
  });

  it('does not even read what does not begin and end as a Parquet file', async () => {
    const contents = { whole: 'PAR1....PAR1', junk: 'sixteen of junk!', cut: 'PAR1........', empty: '' };
    const files = Object.entries(contents).map(([replica, content]) => fileOf(replica, content));
    const { rows, damaged: leftOut } = await damaged.reading(engine, files, read);
    assert.deepEqual([rows, leftOut.map(({ replica }) => replica), checked], [['whole'], ['junk', 'cut', 'empty'], 0]);
  });

  it('fails as it did when no file is at fault, and when it fails without the damaged ones too', async () => {
    const files = ['a', 'b'].map((replica) => fileOf(replica));
    let asked = 0;
    const outOfMemory = async () => {
      asked += 1;
      throw new Error('Out of Memory Error: failed to allocate');
    };
    await assert.rejects(damaged.reading(engine, files, outOfMemory), /Out of Memory/);
    assert.deepEqual([asked, checked], [1, 2]);
    faults = { b: 'Invalid Error: Out of buffer' };
    await assert.rejects(damaged.reading(engine, files, outOfMemory), /Out of Memory/);
    assert.deepEqual([asked, checked], [3, 4]);
  });

  for (const trouble of ['IO Error: Cannot open file "a.parquet": Too many open files', 'FATAL Error: database has been invalidated']) {
    it(`takes no file for damaged because of ${trouble.slice(0, 30)}`, async () => {
      const files = ['a', 'b'].map((replica) => fileOf(replica));
      faults = { a: trouble, b: trouble };
      await assert.rejects(damaged.reading(engine, files, read), new RegExp(trouble.slice(0, 10)));
      faults = {};
      assert.deepEqual([(await damaged.reading(engine, files, read)).rows, found], [['a', 'b'], []]);
    });
  }

  it('goes on without a file that went away meanwhile, which is not damaged', async () => {
    const files = ['a', 'b'].map((replica) => fileOf(replica));
    const { rows, damaged: leftOut } = await damaged.reading(engine, files, async (whole) => {
      if (whole.length === 1) return await read(whole);
      rmSync(files[0]?.path ?? '');
      throw new Error('IO Error: No files found that match the pattern');
    });
    assert.deepEqual([rows, leftOut, found], [['b'], [], []]);
  });
});
