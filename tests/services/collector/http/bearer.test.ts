import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BearerTokens } from '../../../../services/collector/http/bearer.ts';

describe('bearer tokens', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-tokens-'));
    path = join(dir, 'tokens');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('lets everybody in without a file, whatever they show', () => {
    const tokens = new BearerTokens('');
    for (const shown of [undefined, '', 'Bearer x', 'Basic eA==']) assert.equal(tokens.accepts(shown), true);
  });

  it('accepts each token of the file, and nothing else', () => {
    writeFileSync(path, '# the first one\none\n\n  two  \r\n#three\n');
    const tokens = new BearerTokens(path);
    for (const shown of ['Bearer one', 'bearer two', 'BEARER  one']) assert.equal(tokens.accepts(shown), true, shown);
    const refused = [
      undefined,
      '',
      'one',
      'Bearer',
      'Bearer ',
      'Bearer on',
      'Bearer onetwo',
      'Bearer one two',
      'Bearer #three',
      'Bearer three',
    ];
    for (const shown of [...refused, 'Basic one', 'Bearer\tone', 'xBearer one', 'Bearer One', `Bearer ${'x'.repeat(16_000)}`])
      assert.equal(tokens.accepts(shown), false, shown);
  });

  it('takes a rotated file up at once, also one swapped in by a rename', () => {
    writeFileSync(path, 'old\nboth\n');
    const tokens = new BearerTokens(path);
    assert.equal(tokens.accepts('Bearer old'), true);
    writeFileSync(join(dir, 'next'), 'new\nboth\n');
    renameSync(join(dir, 'next'), path);
    assert.deepEqual(
      ['old', 'new', 'both'].map((token) => tokens.accepts(`Bearer ${token}`)),
      [false, true, true],
    );
  });

  it('sees a new file that carries the time of the old one, as restored and mounted files may', () => {
    writeFileSync(path, 'old');
    utimesSync(path, 1_000, 1_000);
    const tokens = new BearerTokens(path);
    assert.equal(tokens.accepts('Bearer old'), true);
    writeFileSync(join(dir, 'next'), 'new');
    utimesSync(join(dir, 'next'), 1_000, 1_000);
    renameSync(join(dir, 'next'), path);
    assert.deepEqual(
      ['old', 'new'].map((token) => tokens.accepts(`Bearer ${token}`)),
      [false, true],
    );
  });

  it('lets nobody in while the file is gone, empty or a folder, and those of the file when it is back', () => {
    const tokens = new BearerTokens(path);
    assert.equal(tokens.accepts('Bearer one'), false);
    writeFileSync(path, 'one');
    assert.equal(tokens.accepts('Bearer one'), true);
    rmSync(path);
    assert.equal(tokens.accepts('Bearer one'), false);
    writeFileSync(path, '');
    chmodSync(path, 0o600);
    assert.equal(tokens.accepts('Bearer one'), false);
    assert.equal(tokens.accepts('Bearer '), false);
    assert.equal(new BearerTokens(dir).accepts('Bearer one'), false);
  });
});
