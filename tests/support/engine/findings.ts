import type { StateResource, Step } from './pulumi-stack.ts';
import { isValues } from './values.ts';

/** What an up made that its preview did not show, and what it showed that was not made: URNs with a reason, none when they agree. */
export function previewLies(preview: readonly Step[], state: readonly StateResource[]): string[] {
  const shown = new Set(preview.filter(({ op }) => op !== 'delete').map(({ urn }) => urn));
  // The engine makes default providers on its own; a preview does not list them.
  const made = new Set(state.map(({ urn }) => urn).filter((urn) => !urn.includes('::pulumi:providers:') || shown.has(urn)));
  return [
    ...[...made].filter((urn) => !shown.has(urn)).map((urn) => `${urn} was made but not previewed: it is declared inside an apply`),
    ...[...shown].filter((urn) => !made.has(urn)).map((urn) => `${urn} was previewed but not made`),
  ];
}

/** Where a secret's text stands in the open: `urn: outputs.tags.token`. */
export function plaintextIn(state: readonly StateResource[], secret: string): string[] {
  return state.flatMap(({ urn, inputs, outputs }) =>
    pathsOf({ inputs, outputs }, secret).map((path) => `${urn}: ${path} holds the secret in plain text`),
  );
}

/** Custom resources that no explicit provider makes. */
export function withoutProvider(state: readonly StateResource[]): string[] {
  const isDefault = (provider = '') => provider === '' || /::default(_\d|::)/.test(provider);
  return state
    .filter(({ custom, type, provider }) => custom && !type.startsWith('pulumi:providers:') && isDefault(provider))
    .map(({ urn }) => urn);
}

function pathsOf(value: unknown, secret: string, path = ''): string[] {
  if (typeof value === 'string') return value.includes(secret) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => pathsOf(item, secret, `${path}[${index}]`));
  if (!isValues(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, secret, path === '' ? key : `${path}.${key}`));
}
