/** How a rule's pattern is compared with a name; `regex` is unanchored. */
export const MATCH_KINDS = ['exact', 'prefix', 'suffix', 'contains', 'regex'] as const;
export type FilterRule = { pattern: string; match: (typeof MATCH_KINDS)[number] };

/** CloudZero's four lists: which metrics go to which file, and which of their labels are kept. */
export type FilterRules = {
  cost: FilterRule[];
  observability: FilterRule[];
  cost_labels: FilterRule[];
  observability_labels: FilterRule[];
};

const TESTS: Record<FilterRule['match'], (pattern: string) => (name: string) => boolean> = {
  exact: (pattern) => (name) => name === pattern,
  prefix: (pattern) => (name) => name.startsWith(pattern),
  suffix: (pattern) => (name) => name.endsWith(pattern),
  contains: (pattern) => (name) => name.includes(pattern),
  regex: (pattern) => {
    const expression = new RegExp(pattern, 'u');
    return (name) => expression.test(name);
  },
};

/**
 * One test out of many rules: any of them is enough, and no rules let everything through.
 * Exact names, most of all lists, are one look into a set.
 * @throws SyntaxError for a regex that is none
 */
export function compileRules(rules: readonly FilterRule[]): (name: string) => boolean {
  if (rules.length === 0) return () => true;
  const exact = new Set(rules.filter(({ match }) => match === 'exact').map(({ pattern }) => pattern));
  const others = rules.filter(({ match }) => match !== 'exact').map(({ match, pattern }) => TESTS[match](pattern));
  return (name) => exact.has(name) || others.some((test) => test(name));
}
