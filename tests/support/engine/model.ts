import type { Values } from './values.ts';

/** Where a provider instance puts what it makes: taken from its configuration. */
export type Home = {
  accountId: string;
  region: string;
  /** The cluster that a Kubernetes provider speaks to, by its name; '' for other providers. */
  cluster: string;
  defaultTags: Record<string, string>;
  /** The namespace of Kubernetes objects that name none. */
  namespace: string;
};

/** Something that exists in the virtual account or in one of its clusters. */
export type Thing = {
  token: string;
  id: string;
  /** '' for what AWS or a controller made on its own. */
  urn: string;
  /** What made it, when no program did: `Ingress shop/web`. */
  madeBy: string;
  home: Home;
  inputs: Values;
  outputs: Values;
  state: 'live' | 'pending deletion';
};

/** What exists, as the rules of one resource see it. */
export type World = {
  readonly things: readonly Thing[];
  /** All live things of a type, in one home or everywhere. */
  all(token: string, home?: Home): Thing[];
  find(token: string, id: string, home: Home): Thing | undefined;
  put(thing: Omit<Thing, 'state'>): void;
  remove(thing: Thing): void;
};

/** What a model gets to know of a resource that is about to be made or changed. */
export type Asked = {
  token: string;
  urn: string;
  /** The last part of the URN. */
  logicalName: string;
  inputs: Values;
  home: Home;
  account: World;
  /** An id such as `vpc-0a1b…`: the same for one URN and attempt, another one after a replacement. */
  newId(prefix: string): string;
  arn(service: string, resource: string, options?: { global?: boolean }): string;
};

/** A resource that exists: its id is known. */
export type Made = Asked & { id: string };

/** A name that AWS or Kubernetes knows a resource by. */
export type NameRule = {
  /** The path of the input. */
  input: string;
  max: number;
  pattern: RegExp;
  /** Within what a second one of this name is refused; `world` for buckets. */
  uniqueIn: 'world' | 'account' | 'region' | 'cluster' | 'namespace' | 'parent';
  /** The input whose value is the parent, when `uniqueIn` is `parent`. */
  parent?: string;
  /** The provider makes a name up where the program gives none. */
  isGenerated: boolean;
  clash: string;
};

/** An input that names another resource. */
export type Reference = {
  input: string;
  to: string;
  /** The output of the other one that the input holds; its id by default. */
  by?: string;
  /** What AWS says when there is no such thing. Without it the input may name things from elsewhere. */
  missing?: string;
  /** What AWS says when the other one is deleted while this one lives. Without it AWS lets it go. */
  holds?: string;
};

/** What the simulation knows of one resource type. */
export type Model = {
  requires?: readonly string[];
  name?: NameRule;
  /** Inputs whose change makes another resource. */
  replacedBy?: readonly string[];
  refersTo?: readonly Reference[];
  /** How many AWS allows in a region, and what it says at the next one. */
  quota?: { limit: number; error: string };
  /** Faults that can be seen in the inputs alone; they show in a preview. */
  faults?(asked: Asked): string[];
  /** @returns what AWS says when it refuses to make it */
  refuses?(asked: Asked): string | undefined;
  id(asked: Asked): string;
  /** What it answers beyond its inputs. */
  answers?(made: Made): Values;
  /** What else comes into being with it. */
  madeWith?(made: Made): void;
  refusesDelete?(made: Made): string | undefined;
  /** Runs when it is deleted; a promise takes as long as AWS would. */
  deletedWith?(made: Made): void | Promise<void>;
  /** Stays in the account after a delete for a time, with its name taken. */
  staysPending?(made: Made): boolean;
};

/** Resource types by token: `aws:ec2/vpc:Vpc`. */
export type ModelTable = Record<string, Model>;

/** An invoke's answer, by token. */
export type FunctionTable = Record<string, (args: Values, home: Home, account: World) => Values>;
