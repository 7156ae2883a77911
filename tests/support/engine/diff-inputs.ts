import { isValues, type Values } from './values.ts';

export type Change = { path: string; kind: 'add' | 'delete' | 'update' };

/**
 * What differs between the inputs a resource was made with and those it has now, leaf by leaf, as Pulumi property paths.
 * Keys that begin with `__` are the provider's own notes.
 */
export function diffInputs(olds: unknown, news: unknown, path = ''): Change[] {
  if (isValues(olds) && isValues(news)) return diffObjects(olds, news, path);
  if (Array.isArray(olds) && Array.isArray(news)) return diffLists(olds, news, path);
  if (olds === news) return [];
  if (olds === undefined || olds === null) return news === undefined || news === null ? [] : [{ path, kind: 'add' }];
  if (news === undefined || news === null) return [{ path, kind: 'delete' }];
  return [{ path, kind: 'update' }];
}

/** The input that a path belongs to: `vpcConfig` of `vpcConfig.subnetIds[0]`. */
export function topLevel(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function diffObjects(olds: Values, news: Values, path: string): Change[] {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !key.startsWith('__'));
  return keys.sort().flatMap((key) => diffInputs(olds[key], news[key], join(path, key)));
}

function diffLists(olds: unknown[], news: unknown[], path: string): Change[] {
  const longer = olds.length > news.length ? olds : news;
  return longer.flatMap((_, index) => diffInputs(olds[index], news[index], `${path}[${index}]`));
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}["${key}"]`;
  return path === '' ? key : `${path}.${key}`;
}
