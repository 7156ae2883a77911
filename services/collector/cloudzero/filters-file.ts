import { readFileSync } from 'node:fs';
import { SettingsError } from '@tallyship/shared/runtime/settings';
import { parse } from 'yaml';
import { z } from 'zod';
import { DEFAULT_RULES } from './default-rules.ts';
import { compileRules, type FilterRules, MATCH_KINDS } from './filter-rules.ts';

const rules = z.array(z.strictObject({ pattern: z.string().min(1), match: z.enum(MATCH_KINDS) })).default([]);
const FILTERS = z.strictObject({ cost: rules, observability: rules, cost_labels: rules, observability_labels: rules });

/**
 * Reads CloudZero's filter lists, as the member `metrics` of their configuration holds them (JSON is YAML too).
 * @param path '' for the default lists
 * @throws SettingsError that names the list and the rule
 */
export function readFilterRules(path: string): FilterRules {
  if (path === '') return DEFAULT_RULES;
  const read = FILTERS.safeParse(parseFile(path));
  if (!read.success)
    throw new SettingsError(read.error.issues.map((issue) => `${path}: ${issue.path.join('.')} ${issue.message}`).join('\n'));
  for (const [list, listed] of Object.entries(read.data)) {
    try {
      compileRules(listed);
    } catch (error) {
      throw new SettingsError(`${path}: ${list}: ${(error as Error).message}`);
    }
  }
  return read.data;
}

function parseFile(path: string): unknown {
  try {
    const document = parse(readFileSync(path, 'utf8')) as { metrics?: unknown };
    return document?.metrics ?? document;
  } catch (error) {
    throw new SettingsError(`CLOUDZERO_FILTERS_FILE ${path}: ${(error as Error).message}`);
  }
}
