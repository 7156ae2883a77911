import { matchesPattern } from './match.ts';
import { listOf, type OneOrMore, type Request, type Statement } from './policy.ts';

type Test = (wanted: string, given: string, context: Request['context']) => boolean;

const positive: Record<string, Test> = {
  StringEquals: (wanted, given, context) => matchesPattern(escaped(wanted), given, context),
  StringEqualsIgnoreCase: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  StringLike: (wanted, given, context) => matchesPattern(wanted, given, context),
  ArnEquals: (wanted, given, context) => matchesPattern(wanted, given, context),
  ArnLike: (wanted, given, context) => matchesPattern(wanted, given, context),
  Bool: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  NumericEquals: (wanted, given) => Number(given) === Number(wanted),
  NumericLessThan: (wanted, given) => Number(given) < Number(wanted),
  NumericLessThanEquals: (wanted, given) => Number(given) <= Number(wanted),
  NumericGreaterThan: (wanted, given) => Number(given) > Number(wanted),
  NumericGreaterThanEquals: (wanted, given) => Number(given) >= Number(wanted),
  DateLessThan: (wanted, given) => Date.parse(given) < Date.parse(wanted),
  DateGreaterThan: (wanted, given) => Date.parse(given) > Date.parse(wanted),
  IpAddress: (wanted, given) => isInBlock(given, wanted),
};

const negative: Record<string, string> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  NotIpAddress: 'IpAddress',
};

/**
 * Whether all conditions of a statement hold: every operator and every key of it; of a key's values one is enough.
 * @throws Error for an operator that is not known, so that no condition counts as held by accident
 */
export function holds({ Condition = {} }: Statement, context: Request['context'] = {}): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holdsFor(operator, key, wanted, context)),
  );
}

function holdsFor(operator: string, key: string, wanted: OneOrMore, context: Request['context']): boolean {
  const { set, base, ifExists } = partsOf(operator);
  const given = valuesOf(key, context);
  if (base === 'Null') return listOf(wanted).some((value) => (value === 'true') === (given === undefined));
  const isNegative = base in negative;
  const test = positive[negative[base] ?? base];
  if (!test) throw new Error(`condition operator ${operator} is not known to the evaluator`);
  const matches = (value: string) => listOf(wanted).some((want) => test(want, value, context)) !== isNegative;
  if (set === 'ForAllValues') return (given ?? []).every(matches);
  if (set === 'ForAnyValue') return (given ?? []).some(matches);
  // An absent key fails what must be there, and satisfies what must not.
  if (given === undefined) return ifExists || isNegative;
  return isNegative ? given.every(matches) : given.some(matches);
}

function partsOf(operator: string): { set: string; base: string; ifExists: boolean } {
  const [set, rest] = operator.includes(':') ? (operator.split(':') as [string, string]) : ['', operator];
  return { set, base: rest.replace(/IfExists$/, ''), ifExists: rest.endsWith('IfExists') };
}

function valuesOf(key: string, context: Request['context'] = {}): string[] | undefined {
  const name = Object.keys(context).find((candidate) => candidate.toLowerCase() === key.toLowerCase());
  return name === undefined ? undefined : listOf(context[name]);
}

/** In an exact comparison wildcards are plain characters; variables are still filled in. */
function escaped(text: string): string {
  return text.replace(/[*?]/g, (wildcard) => `\${${wildcard}}`);
}

function isInBlock(address: string, block: string): boolean {
  const [base = '', bits = '32'] = block.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(base) / size);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}
