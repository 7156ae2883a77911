/** A query parameter that cannot be used. The message names the parameter, its value and what would do. */
export class ParameterError extends Error {
  override name = 'ParameterError';
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super(message);
    this.parameter = parameter;
  }
}

/**
 * Reads a query string into named values.
 * @throws ParameterError for an unknown, repeated or empty parameter: a misspelt one must not silently mean the default
 */
export function readParameters<Name extends string>(search: URLSearchParams, names: readonly Name[]): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  for (const [name, value] of search) {
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) throw new ParameterError(shown(name), `unknown parameter ${quoted(name)}; known: ${names.join(', ')}`);
    if (values[known] !== undefined) throw new ParameterError(known, `${known} is given more than once`);
    if (value === '') throw new ParameterError(known, `${known} is empty`);
    values[known] = value;
  }
  return values;
}

/** A caller's text for an error message: quoted, cut to a length that a log line can bear. */
export function quoted(value: string): string {
  return JSON.stringify(shown(value));
}

function shown(value: string): string {
  return value.length > 80 ? `${value.slice(0, 80)}…` : value;
}
