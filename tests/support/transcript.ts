import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A message as a transcript writes it: placeholders are still in it. `headers` hold lower-case names; a value of undefined: must be absent. */
export type Message = { headers: Map<string, string | undefined>; body: string };
export type Exchange = { method: string; target: string; request: Message; status: number; answer: Message };
/** What placeholders stand for so far. */
export type Known = Map<string, string>;

const FOLDER = join(import.meta.dirname, '../contract/transcripts');

/** Reads `tests/contract/transcripts/<name>.txt`; its README says how they are written. */
export function readTranscript(name: string): Exchange[] {
  const lines = readFileSync(join(FOLDER, `${name}.txt`), 'utf8').split('\n');
  const blocks = lines.join('\n').split(/\n\s*\n/);
  return blocks
    .map((block) => block.split('\n').filter((line) => /^[<>]/.test(line)))
    .filter((block) => block.length > 0)
    .map(parseExchange);
}

/** Puts in what is known. @throws when a placeholder is not known yet */
export function fill(text: string, known: Known): string {
  return text.replaceAll(PLACEHOLDER, (_, name: string) => {
    const value = known.get(name);
    assert.ok(value !== undefined, `{{${name}}} has no value yet`);
    return value;
  });
}

/** Compares a text with one that has placeholders and learns those that were not known. */
export function match(expected: string, actual: string, known: Known, what: string): void {
  const names: string[] = [];
  const pattern = expected
    .split(PLACEHOLDER)
    .map((part, index) => {
      if (index % 2 === 0) return literal(part);
      const value = part === 'any' ? undefined : known.get(part);
      if (value !== undefined) return literal(value);
      names.push(part);
      return '([\\s\\S]*?)';
    })
    .join('');
  const found = new RegExp(`^${pattern}$`).exec(actual);
  assert.ok(found, `${what}: expected ${expected}, got ${actual}`);
  for (const [index, name] of names.entries()) if (name !== 'any') known.set(name, found[index + 1]);
}

/** @param get a header of the message by its lower-case name, undefined or null when absent */
export function matchHeaders(expected: Message, get: (name: string) => string | null | undefined, known: Known): void {
  for (const [name, value] of expected.headers) {
    const actual = get(name) ?? undefined;
    if (value === undefined) assert.equal(actual, undefined, `header ${name} must be absent`);
    else {
      assert.ok(actual !== undefined, `header ${name} is missing`);
      matchText(value, actual, known, `header ${name}`);
    }
  }
}

/** Compares path and query of a request with a transcript's: values by name, whatever the order of the names. */
export function matchTarget(expected: string, actual: string, known: Known): void {
  const [wanted, got] = [expected, actual].map((target) => new URL(target, 'http://host'));
  assert.equal(got.pathname, wanted.pathname);
  assert.deepEqual([...new Set(got.searchParams.keys())].sort(), [...new Set(wanted.searchParams.keys())].sort(), 'query parameters');
  for (const name of new Set(wanted.searchParams.keys())) {
    match(wanted.searchParams.getAll(name).join('\n'), got.searchParams.getAll(name).join('\n'), known, `query ${name}`);
  }
}

/** Compares a text, as JSON where the transcript's is JSON: then members may come in any order. */
export function matchText(expected: string, actual: string, known: Known, what = 'body'): void {
  const wanted = jsonOf(expected);
  if (wanted === undefined) match(expected, actual, known, what);
  else matchJson(wanted, JSON.parse(actual), known, what);
}

/** The bytes a body of a transcript stands for; `(name N bytes)` are made of the name, so they differ from file to file. */
export function bytesOf(body: string, known: Known): Buffer {
  const hex = /^\(hex (?<hex>[0-9a-f]*)\)$/.exec(body)?.groups?.hex;
  if (hex !== undefined) return Buffer.from(hex, 'hex');
  const file = /^\(\{\{(?<name>\w+)\}\} (?<bytes>[0-9]+) bytes\)$/.exec(body)?.groups;
  return file ? Buffer.alloc(Number(file.bytes), `${file.name};`) : Buffer.from(fill(body, known));
}

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

function parseExchange(lines: string[]): Exchange {
  const [first, ...request] = side(lines, '>');
  const [status, ...answer] = side(lines, '<');
  const [method, target] = first.split(' ');
  return { method, target, request: parseMessage(request), status: Number(status), answer: parseMessage(answer) };
}

function side(lines: string[], mark: string): string[] {
  return lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(2));
}

function parseMessage(lines: string[]): Message {
  const end = lines.indexOf('');
  const head = end === -1 ? lines : lines.slice(0, end);
  const headers = head.map((line): [string, string | undefined] => {
    if (line.startsWith('!')) return [line.slice(1).toLowerCase(), undefined];
    const colon = line.indexOf(': ');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
  });
  return { headers: new Map(headers), body: end === -1 ? '' : lines.slice(end + 1).join('\n') };
}

function matchJson(expected: unknown, actual: unknown, known: Known, what: string): void {
  if (typeof expected === 'string' && typeof actual === 'string') match(expected, actual, known, what);
  else if (typeof expected !== 'object' || expected === null) assert.deepEqual(actual, expected, what);
  else {
    assert.ok(typeof actual === 'object' && actual !== null, `${what}: expected an object or array, got ${JSON.stringify(actual)}`);
    assert.equal(Array.isArray(actual), Array.isArray(expected), what);
    assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), what);
    for (const [key, value] of Object.entries(expected))
      matchJson(value, (actual as Record<string, unknown>)[key], known, `${what}.${key}`);
  }
}

function jsonOf(text: string): unknown {
  if (!/^[[{]/.test(text) || text.startsWith('{{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
