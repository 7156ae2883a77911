import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MountedFile } from '@tallyship/shared/runtime/mounted-file';

describe('a mounted file', () => {
  let dir: string;
  let path: string;
  let parsed: number;
  let file: MountedFile<number>;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-mounted-'));
    path = join(dir, 'number');
    parsed = 0;
    file = new MountedFile(path, (text) => {
      parsed += 1;
      if (!/^\d+$/.test(text)) throw new Error('it is no number');
      return Number(text);
    });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is read when it changed and not otherwise, also when what is swapped in has the same size and time', () => {
    for (const [text, times] of [
      ['17', 1],
      ['17', 1],
      ['18', 2],
    ] as const) {
      if (times !== parsed) {
        writeFileSync(join(dir, 'next'), text);
        utimesSync(join(dir, 'next'), 1_000, 1_000);
        renameSync(join(dir, 'next'), path);
      }
      assert.deepEqual([file.content, parsed], [{ value: Number(text) }, times]);
    }
  });

  it('has no value while it is gone or cannot be used, says why, and has one again when it is put right', () => {
    assert.deepEqual(file.content, { fault: 'ENOENT' });
    writeFileSync(path, '17');
    assert.deepEqual(file.content, { value: 17 });
    writeFileSync(path, 'seventeen');
    for (let time = 0; time < 2; time++) assert.deepEqual([file.content, parsed], [{ fault: 'it is no number' }, 2]);
    rmSync(path);
    assert.deepEqual(file.content, { fault: 'ENOENT' });
    writeFileSync(path, '18');
    assert.deepEqual(file.content, { value: 18 });
  });
});
