import { createHash } from 'node:crypto';

export type SourceFile = { path: string; content: Uint8Array };

/** A tag that is the same for the same files, in whatever order they are found, and another one for any other. */
export function contentTag(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  // With its length before it no content can pass for the end of one file and the beginning of the next.
  for (const { path, content } of inOrder) hash.update(`${path}\0${content.length}\0`).update(content);
  return hash.digest('hex').slice(0, 20);
}
