import type { Values } from '../values.ts';

/** A resource that a component registers. */
export type Child = {
  type: string;
  name: string;
  inputs: Values;
  /** The package whose provider makes it; the component must have been given one. */
  package: string;
  parent?: Registered;
  /** What must outlive it and is not named by an id or an ARN of its own. */
  dependsOn?: readonly { urn: string }[];
};

/** A registered resource; in a preview an id that is not known yet is UNKNOWN, and so is every output. */
export type Registered = { urn: string; id: string; output(name: string): unknown };

/** What a remote component makes of its inputs: the outputs that the program sees. */
export type Component = (context: ComponentContext) => Promise<Values>;

export type ComponentContext = {
  accountId: string;
  name: string;
  inputs: Values;
  register(child: Child): Promise<Registered>;
  /** The outputs of the component that a reference names; undefined for what is not a reference. */
  outputsOf(reference: unknown): Values | undefined;
};
