import { z } from 'zod';
import { stackSchema } from '../../infra/settings/stack.ts';
import { cell, markdownTable } from './markdown-table.ts';

type Form = {
  description?: string;
  properties?: Record<string, Form>;
  required?: string[];
  anyOf?: Form[];
  oneOf?: Form[];
  additionalProperties?: Form | boolean;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  type?: string;
  items?: Form;
};

const INTRO = `<!-- Made by \`npm run docs\` from infra/settings; a change by hand is lost. -->
# Settings of a stack

\`Pulumi.<stack>.yaml\` says what a stack is, under \`tallyship:\`. Everything is checked before any resource: each fault is a line that begins with
its key, and a key that is not here is a fault. \`<name>\` is a name of your own. Where a section has a \`mode\`, the other keys belong to the mode that they follow.
`;

/** docs/stack-settings.md: a row for each key, as the schema states it. */
export function stackSettingsPage(): string {
  const form = z.toJSONSchema(stackSchema, { io: 'input', unrepresentable: 'any' }) as Form;
  const sections = Object.entries(form.properties ?? {}).map(([name, section]) => {
    const rows = rowsOf(name, section, form.required?.includes(name) ?? false);
    return `## ${name}\n\n${markdownTable(['key', 'when absent', 'values', 'meaning'], rows)}\n`;
  });
  return [INTRO, ...sections].join('\n');
}

function rowsOf(key: string, form: Form, isRequired: boolean): string[][] {
  const own = [`\`${key}\``, absentText(form, isRequired), valuesText(form), cell(form.description ?? '')];
  const modes = (form.oneOf ?? form.anyOf ?? []).filter(({ properties }) => properties);
  if (modes.length > 0) return [own, ...modes.flatMap((mode) => membersOf(key, mode))];
  return [own, ...membersOf(key, form)];
}

function membersOf(key: string, { properties = {}, required = [], additionalProperties }: Form): string[][] {
  const named =
    typeof additionalProperties === 'object' && additionalProperties.properties ? membersOf(`${key}.<name>`, additionalProperties) : [];
  return [...Object.entries(properties).flatMap(([name, member]) => rowsOf(`${key}.${name}`, member, required.includes(name))), ...named];
}

function absentText({ default: fallback }: Form, isRequired: boolean): string {
  if (fallback !== undefined) return `\`${JSON.stringify(fallback)}\``;
  return isRequired ? '**required**' : '';
}

function valuesText({ const: only, enum: choices, minimum, maximum, type, items }: Form): string {
  if (only !== undefined) return `\`${only}\``;
  if (choices) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (items) return `list: ${valuesText(items)}`;
  if (type === 'integer') return `${minimum ?? ''} … ${maximum ?? ''}`;
  return { string: 'text', boolean: '`true`, `false`' }[type ?? ''] ?? '';
}
