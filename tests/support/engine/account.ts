import { createHash } from 'node:crypto';
import type { Asked, Home, Made, Model, ModelTable, NameRule, Thing, World } from './model.ts';
import { textAt, type Values, valuesAt } from './values.ts';

/** What goes wrong, on demand: the next `times` calls of this kind, then no more. */
export type Fault = {
  token: string;
  on: 'create' | 'update' | 'delete';
  /** `refused`: nothing happens. `lost`: it is made, but the answer is a timeout. */
  how: 'refused' | 'lost';
  says: string;
  times: number;
};

export class AwsError extends Error {}
/** Made, but the provider gave up waiting: the engine keeps it and tries again at the next up. */
export class LostAnswer extends Error {
  readonly made: { id: string; outputs: Values };
  constructor(message: string, made: { id: string; outputs: Values }) {
    super(message);
    this.made = made;
  }
}

/** A virtual AWS account with its clusters: what exists, the rules about it, and the faults a test asks for. */
export class Account implements World {
  readonly things: Thing[] = [];
  readonly faults: Fault[] = [];
  /** Calls that made, changed or deleted something, in order: `create aws:ec2/vpc:Vpc vpc`. */
  readonly journal: string[] = [];
  readonly #models: ModelTable;
  #serial = 0;

  constructor(models: ModelTable) {
    this.#models = models;
  }

  /** @throws Error that names a token the simulation does not know */
  model(token: string): Model {
    const model = this.#models[token];
    if (!model) throw new Error(`${token} is not simulated: add it to the tables under tests/support/engine/tables`);
    return model;
  }

  asked(token: string, urn: string, inputs: Values, home: Home): Asked {
    const attempt = this.#serial;
    return {
      token,
      urn,
      logicalName: urn.slice(urn.lastIndexOf('::') + 2),
      inputs,
      home,
      account: this,
      newId: (prefix) => `${prefix}-${digest(`${urn}/${attempt}/${prefix}`).slice(0, 17)}`,
      arn: (service, resource, { global = false } = {}) =>
        `arn:aws:${service}:${global ? '' : home.region}:${service === 's3' ? '' : home.accountId}:${resource}`,
    };
  }

  /** @throws AwsError when AWS would refuse; LostAnswer when a fault asks for it */
  create(asked: Asked): { id: string; outputs: Values } {
    this.#serial++;
    const model = this.model(asked.token);
    const fault = this.#takeFault(asked.token, 'create');
    if (fault?.how === 'refused') throw new AwsError(fault.says);
    const refusal = this.#refusalToMake(model, asked);
    if (refusal) throw new AwsError(refusal);
    const id = model.id(asked);
    const made = { ...asked, id };
    const outputs = { ...asked.inputs, ...model.answers?.(made) };
    this.put({ token: asked.token, id, urn: asked.urn, madeBy: '', home: asked.home, inputs: asked.inputs, outputs });
    model.madeWith?.(made);
    this.journal.push(`create ${asked.token} ${asked.logicalName}`);
    if (fault) throw new LostAnswer(fault.says, { id, outputs });
    return { id, outputs };
  }

  /** @throws AwsError when the thing is gone or a fault asks for it */
  update(asked: Asked, id: string): Values {
    const thing = this.find(asked.token, id, asked.home);
    const fault = this.#takeFault(asked.token, 'update');
    if (fault?.how === 'refused') throw new AwsError(fault.says);
    if (!thing) throw new AwsError(`NotFound: ${asked.token} ${id} is gone`);
    const missing = this.#missingReference(this.model(asked.token), asked);
    if (missing) throw new AwsError(missing);
    thing.inputs = asked.inputs;
    thing.outputs = { ...thing.outputs, ...asked.inputs, ...this.model(asked.token).answers?.({ ...asked, id }) };
    this.journal.push(`update ${asked.token} ${asked.logicalName}`);
    return thing.outputs;
  }

  /** A thing that is gone already is a success, as in the real providers. @throws AwsError when something holds it */
  async delete(asked: Asked, id: string): Promise<void> {
    const thing = this.find(asked.token, id, asked.home);
    const fault = this.#takeFault(asked.token, 'delete');
    if (fault) throw new AwsError(fault.says);
    if (!thing) return;
    const model = this.model(asked.token);
    const made: Made = { ...asked, inputs: thing.inputs, id };
    const refusal = this.#holder(thing) ?? model.refusesDelete?.(made);
    if (refusal) throw new AwsError(refusal);
    await model.deletedWith?.(made);
    if (model.staysPending?.(made)) thing.state = 'pending deletion';
    else this.remove(thing);
    this.journal.push(`delete ${asked.token} ${asked.logicalName}`);
  }

  put(thing: Omit<Thing, 'state'>): void {
    this.things.push({ ...thing, state: 'live' });
  }

  remove(thing: Thing): void {
    const index = this.things.indexOf(thing);
    if (index >= 0) this.things.splice(index, 1);
  }

  /** All live things of a type, in one home or everywhere. */
  all(token: string, home?: Home): Thing[] {
    return this.things.filter((thing) => thing.token === token && thing.state === 'live' && (!home || isSameHome(thing.home, home)));
  }

  find(token: string, id: string, home: Home): Thing | undefined {
    return this.all(token, home).find((thing) => thing.id === id);
  }

  /** What is left, one line each: what a bill or the next `up` would meet. */
  left(): string[] {
    return this.things.map((thing) => describe(thing)).sort();
  }

  #refusalToMake(model: Model, asked: Asked): string | undefined {
    return this.#clash(model, asked) ?? this.#overQuota(model, asked) ?? this.#missingReference(model, asked) ?? model.refuses?.(asked);
  }

  #clash(model: Model, asked: Asked): string | undefined {
    const rule = model.name;
    if (!rule) return undefined;
    const name = textAt(asked.inputs, rule.input);
    const other = this.things.find(
      (thing) => thing.token === asked.token && textAt(thing.inputs, rule.input) === name && isInScope(rule, thing, asked),
    );
    return other && `${rule.clash}: ${name} is taken by ${describe(other)}`;
  }

  #overQuota(model: Model, asked: Asked): string | undefined {
    if (!model.quota || this.all(asked.token, asked.home).length < model.quota.limit) return undefined;
    return `${model.quota.error} (${model.quota.limit} in ${asked.home.region})`;
  }

  #missingReference(model: Model, asked: Asked): string | undefined {
    for (const { input, to, by, missing } of model.refersTo ?? []) {
      if (!missing) continue;
      for (const value of valuesAt(asked.inputs, input)) {
        if (!this.all(to).some((thing) => isSameAccount(thing.home, asked.home) && keyOf(thing, by) === value))
          return `${missing}: ${input} names ${value}, which does not exist`;
      }
    }
    return undefined;
  }

  #holder(target: Thing): string | undefined {
    for (const thing of this.things) {
      if (thing === target || thing.state !== 'live') continue;
      for (const { input, to, by, holds } of this.#models[thing.token]?.refersTo ?? []) {
        if (
          holds &&
          to === target.token &&
          isSameAccount(thing.home, target.home) &&
          valuesAt(thing.inputs, input).includes(keyOf(target, by))
        )
          return `${holds}: ${describe(target)} is still used by ${describe(thing)}`;
      }
    }
    return undefined;
  }

  #takeFault(token: string, on: Fault['on']): Fault | undefined {
    const fault = this.faults.find((candidate) => candidate.token === token && candidate.on === on && candidate.times > 0);
    if (fault) fault.times--;
    return fault;
  }
}

/** `aws:ec2/vpc:Vpc vpc-0a1b (urn…)` or what made it. */
export function describe(thing: Thing): string {
  const origin = thing.urn === '' ? `made by ${thing.madeBy}` : thing.urn.slice(thing.urn.lastIndexOf('::') + 2);
  return `${thing.token} ${thing.id} (${origin}${thing.state === 'live' ? '' : `, ${thing.state}`})`;
}

function keyOf(thing: Thing, by: string | undefined): unknown {
  return by === undefined ? thing.id : thing.outputs[by];
}

const isSameAccount = (a: Home, b: Home) => a.accountId === b.accountId;
const isSameHome = (a: Home, b: Home) => isSameAccount(a, b) && a.region === b.region && a.cluster === b.cluster;

function isInScope(rule: NameRule, thing: Thing, asked: Asked): boolean {
  const isSameCluster = thing.home.cluster === asked.home.cluster;
  switch (rule.uniqueIn) {
    case 'world':
      return true;
    case 'account':
      return isSameAccount(thing.home, asked.home);
    case 'region':
      return isSameHome(thing.home, asked.home);
    case 'cluster':
      return isSameCluster;
    case 'namespace':
      return isSameCluster && textAt(thing.inputs, 'metadata.namespace') === textAt(asked.inputs, 'metadata.namespace');
    case 'parent':
      return isSameHome(thing.home, asked.home) && textAt(thing.inputs, rule.parent ?? '') === textAt(asked.inputs, rule.parent ?? '');
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
