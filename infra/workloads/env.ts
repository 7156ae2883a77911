import type { types } from '@pulumi/kubernetes';
import type { Input } from '@pulumi/pulumi';
import type { Setting } from '@tallyship/shared/runtime/settings';

type Definitions = Record<string, Setting<unknown>>;

/** What only the pod itself knows, filled in by the kubelet. */
export type PodField = { podField: 'metadata.name' | 'metadata.namespace' | 'spec.nodeName' | 'status.hostIP' };
/** A value that is known now is checked now; an output is checked by the service when it starts. */
export type EnvValue = string | number | Input<string> | PodField;

type RequiredName<D extends Definitions> = { [K in keyof D]: undefined extends D[K]['fallback'] ? K : never }[keyof D];

/** The environment of a service: its required settings must be there, an unknown one is a type error. */
export type EnvOf<D extends Definitions> = { [K in RequiredName<D>]: EnvValue } & { [K in Exclude<keyof D, RequiredName<D>>]?: EnvValue };

/**
 * The container environment that a service's own definitions accept (`services/<service>/settings.ts`).
 * @throws Error with every known value that the service would refuse at its start, a line each
 */
export function envOf<D extends Definitions>(definitions: D, values: EnvOf<D>): types.input.core.v1.EnvVar[] {
  const given = Object.entries<EnvValue>(values as Record<string, EnvValue>);
  const faults = given.flatMap(([name, value]) => faultsOf(definitions, name, value));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return given.map(([name, value]) => envVar(name, value));
}

/** One variable; for programs that are not ours and have no definitions. */
export function envVar(name: string, value: EnvValue): types.input.core.v1.EnvVar {
  if (isPodField(value)) return { name, valueFrom: { fieldRef: { fieldPath: value.podField } } };
  return { name, value: typeof value === 'number' ? String(value) : value };
}

function faultsOf(definitions: Definitions, name: string, value: EnvValue): string[] {
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  const { error } = definitions[name]!.schema.safeParse(String(value));
  return error ? [`${name}=${JSON.stringify(String(value))} ${error.issues[0]?.message ?? 'is invalid'}`] : [];
}

function isPodField(value: EnvValue): value is PodField {
  return typeof value === 'object' && 'podField' in value;
}
