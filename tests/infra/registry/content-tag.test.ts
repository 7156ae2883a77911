import assert from 'node:assert/strict';
import { contentTag } from '../../../infra/registry/content-tag.ts';

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });

describe('tag of an image', () => {
  it('is the same in whatever order the files come', () => {
    const [a, b] = [file('a', '1'), file('b', '2')];
    assert.equal(contentTag([a, b]), contentTag([b, a]));
    assert.match(contentTag([a, b]), /^[0-9a-f]{20}$/);
  });

  it('tells where one file ends', () => {
    assert.notEqual(contentTag([file('a', '1b'), file('c', '')]), contentTag([file('a', '1'), file('bc', '')]));
  });
});
