import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const ROOT = join(import.meta.dirname, '../..');

/** `Pulumi.<stack>.yaml` as Pulumi hands it over: structures as JSON. */
export function stackConfig(stack: string): Record<string, string> {
  const { config } = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), 'utf8')) as { config: Record<string, Json> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
}

/** The configuration with one value changed, at `section.member…`; `undefined` takes it away. */
export function changed(config: Record<string, string>, path: string, value: Json | undefined): Record<string, string> {
  const [section = '', ...rest] = path.split('.');
  const key = `tallyship:${section}`;
  const old = config[key] === undefined ? {} : (JSON.parse(config[key]) as Json);
  const next = rest.length === 0 ? value : withMember(old, rest, value);
  const { [key]: _, ...others } = config;
  return next === undefined ? others : { ...others, [key]: JSON.stringify(next) };
}

function withMember(node: Json, [member = '', ...rest]: string[], value: Json | undefined): Json {
  const object = { ...(node as Record<string, Json>) };
  const next = rest.length === 0 ? value : withMember(object[member] ?? {}, rest, value);
  if (next === undefined) delete object[member];
  else object[member] = next;
  return object;
}
