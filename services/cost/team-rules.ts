import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** Who pays: rules in order, the first that matches wins. A label rule without `value` takes every value, without `team` the value is the team. */
export type TeamRule = { namespace: string; team: string } | { label: string; value?: string | undefined; team?: string | undefined };
export type TeamRules = readonly TeamRule[];

/** What holds without a rule file: the label `team`, of the pod or else of its namespace. */
export const DEFAULT_TEAM_RULES: TeamRules = [{ label: 'team' }];

export class TeamRulesError extends Error {
  override name = 'TeamRulesError';
}

const name = z.string().min(1, 'is empty').max(200, 'is longer than 200 characters');
const ruleSchema = z.union(
  [z.strictObject({ namespace: name, team: name }), z.strictObject({ label: name, value: name.optional(), team: name.optional() })],
  'is neither { "namespace": "shop-*", "team": "shop" } nor { "label": "team", "value"?: "payments", "team"?: "pay" }',
);

/** @throws TeamRulesError with every fault at once, each with the index of its rule, from 0 */
export function parseTeamRules(text: string, file: string): TeamRules {
  let rules: unknown;
  try {
    rules = JSON.parse(text);
  } catch (cause) {
    throw new TeamRulesError(`${file} is not JSON`, { cause });
  }
  if (!Array.isArray(rules)) throw new TeamRulesError(`${file} is not a list of rules`);
  const parsed = rules.map((rule) => ruleSchema.safeParse(rule));
  const faults = parsed.flatMap(({ error }, i) => (error ? [`${file} rule ${i} ${error.issues[0].message}`] : []));
  if (faults.length > 0) throw new TeamRulesError(faults.join('\n'));
  return parsed.map(({ data }) => data as TeamRule);
}

/** @param file the rule file; none means the default rules */
export async function loadTeamRules(file?: string): Promise<TeamRules> {
  if (file === undefined || file === '') return DEFAULT_TEAM_RULES;
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new TeamRulesError(`team rule file ${file} cannot be read`, { cause });
  });
  return parseTeamRules(text, file);
}

/** A rule as the cost SQL takes it: a LIKE pattern with `\` as the escape, '%' where every namespace matches; paths are '' without a label. */
export type TeamRuleRow = {
  rank: number;
  namespace_like: string;
  label_path: string;
  other_label_path: string;
  value: string | null;
  team: string | null;
};

export function teamRuleRows(rules: TeamRules): TeamRuleRow[] {
  return rules.map((rule, rank) => {
    if ('namespace' in rule) {
      return { rank, namespace_like: likePattern(rule.namespace), label_path: '', other_label_path: '', value: null, team: rule.team };
    }
    const [label_path, other_label_path] = labelPaths(rule.label);
    return { rank, namespace_like: '%', label_path, other_label_path, value: rule.value ?? null, team: rule.team ?? null };
  });
}

/**
 * JSON paths of a Kubernetes label in the two spellings of kube-state-metrics: letters, digits and `_` only, and since its version 2 also
 * in snake case (`capacityType` is `capacity_type`).
 */
export function labelPaths(key: string): [string, string] {
  const plain = key.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  const snake = plain.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return [`$."label_${snake}"`, `$."label_${plain}"`];
}

function likePattern(glob: string): string {
  return glob
    .replaceAll(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}
