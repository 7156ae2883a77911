import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, AwsError } from './account.ts';
import { type Change, diffInputs, topLevel } from './diff-inputs.ts';
import type { FunctionTable, Home } from './model.ts';
import { mustDeleteFirst, nameFaults, type Proposal, withName } from './names.ts';
import { holdsUnknown, isValues, UNKNOWN, type Values } from './values.ts';

/** One configured provider instance, in plain values: what the engine asks and what it gets, without the wire. */
export type Provider = {
  check(question: { urn: string; olds: Values; news: Values; seed: Uint8Array; proposal: Proposal }): { inputs: Values; faults: string[] };
  diff(question: { urn: string; olds: Values; news: Values }): { changes: Change[]; replaces: string[]; deleteBeforeReplace: boolean };
  create(question: { urn: string; inputs: Values; isPreview: boolean }): Promise<{ id: string; outputs: Values }>;
  update(question: { urn: string; id: string; state: Values; inputs: Values; isPreview: boolean }): Values;
  delete(question: { urn: string; id: string; inputs: Values }): Promise<void>;
  read(question: { urn: string; id: string; inputs: Values }): Values | undefined;
  invoke(token: string, args: Values): Values;
};

export function openProvider(account: Account, functions: FunctionTable, home: Home): Provider {
  const asked = (urn: string, inputs: Values) => account.asked(typeOf(urn), urn, inputs, home);
  return {
    check: ({ urn, olds, news, seed, proposal }) => {
      const model = account.model(typeOf(urn));
      const inputs = model.name ? withName(model.name, news, olds, nameOf(urn), seed, proposal) : news;
      const missing = (model.requires ?? []).filter((input) => inputs[input] === undefined).map((input) => `${input} is missing`);
      const named = model.name ? nameFaults(model.name, inputs) : [];
      return { inputs, faults: [...missing, ...named, ...(model.faults?.(asked(urn, inputs)) ?? [])] };
    },
    diff: ({ urn, olds, news }) => {
      const model = account.model(typeOf(urn));
      const changes = [...diffInputs(olds, news), ...shadowedTags(news, home)];
      const replaces = changes.map(({ path }) => path).filter((path) => isReplacing(model.replacedBy ?? [], path));
      return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && mustDeleteFirst(model.name, olds, news) };
    },
    create: async ({ urn, inputs, isPreview }) => {
      if (isPreview) return { id: '', outputs: withoutNotes(inputs) };
      refuseUnknowns(urn, inputs);
      return withPatience(urn, () => account.create(asked(urn, inputs)));
    },
    update: ({ urn, id, state, inputs, isPreview }) => {
      if (isPreview) return { ...state, ...withoutNotes(inputs) };
      refuseUnknowns(urn, inputs);
      return account.update(asked(urn, inputs), id);
    },
    delete: ({ urn, id, inputs }) => account.delete(asked(urn, inputs), id),
    read: ({ urn, id }) => account.find(typeOf(urn), id, home)?.outputs,
    invoke: (token, args) => {
      const answer = functions[token];
      if (!answer) throw new Error(`${token} is not simulated: add it to tests/support/engine/tables/functions.ts`);
      return answer(args, home, account);
    },
  };
}

/** The Kubernetes provider tries five times while a namespace or a kind is not there yet; here its seconds are shorter. */
async function withPatience<T>(urn: string, create: () => T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return create();
    } catch (error) {
      const mayCome = error instanceof AwsError && /^(namespaces ".*" not found|no matches for kind)/.test(error.message);
      if (!typeOf(urn).startsWith('kubernetes:') || !mayCome || attempt === 5) throw error;
      await sleep(30 * 2 ** attempt);
    }
  }
}

/** `aws:ec2/vpc:Vpc`, the last type of `urn:pulumi:dev::p::a:b:C$aws:ec2/vpc:Vpc::name`. */
export function typeOf(urn: string): string {
  const types = urn.split('::')[2] ?? '';
  return types.slice(types.lastIndexOf('$') + 1);
}

export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf('::') + 2);
}

/** A tag that repeats a default tag comes back under `tagsAll` alone, so that every preview wants to add it again. */
function shadowedTags(inputs: Values, home: Home): Change[] {
  const tags = isValues(inputs.tags) ? inputs.tags : {};
  return Object.entries(tags)
    .filter(([key, value]) => home.defaultTags[key] === value)
    .map(([key]) => ({ path: `tags.${key}`, kind: 'update' }));
}

/** A rule such as `vpcConfig.subnetIds` covers all that lies below it. */
function isReplacing(rules: readonly string[], path: string): boolean {
  return rules.some((rule) => path === rule || path.startsWith(`${rule}.`) || path.startsWith(`${rule}[`) || topLevel(path) === rule);
}

function refuseUnknowns(urn: string, inputs: Values): void {
  if (holdsUnknown(inputs)) throw new AwsError(`${urn}: the value ${UNKNOWN} of a preview reached an update`);
}

function withoutNotes(inputs: Values): Values {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith('__')));
}
