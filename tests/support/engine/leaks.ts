import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Where each secret stands, in any of the forms that programs write text in: `event log holds the token (base64)`; none when nowhere. */
export function leaksIn(places: Record<string, string | Buffer>, secrets: Record<string, string>): string[] {
  return Object.entries(places).flatMap(([place, content]) => {
    const text = textOf(content);
    return Object.entries(secrets).flatMap(([name, secret]) =>
      formsOf(secret)
        .filter(([, form]) => text.includes(form))
        .map(([kind]) => `${place} holds ${name} (${kind})`),
    );
  });
}

/** All files below a folder, by their path in it. */
export function filesUnder(folder: string): Record<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path)]));
}

/** Bytes as characters, one for one, so that text among binary data is found too. */
function textOf(content: string | Buffer): string {
  if (typeof content === 'string') return content;
  const isGzip = content[0] === 0x1f && content[1] === 0x8b;
  return (isGzip ? gunzipSync(content) : content).toString('latin1');
}

function formsOf(secret: string): [kind: string, form: string][] {
  const bytes = Buffer.from(secret);
  const plain = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  return [
    ...[...plain].map((form): [string, string] => ['plain', form]),
    ...[0, 1, 2].map((before): [string, string] => ['base64', base64Inside(bytes, before)]),
    ['hex', bytes.toString('hex')],
  ];
}

/** What base64 makes of the bytes after `before` others: the characters that its neighbours have no part in. */
function base64Inside(bytes: Buffer, before: number): string {
  const whole = Math.floor((before + bytes.length) / 3) * 4;
  return Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .slice(before === 0 ? 0 : 4, whole);
}
