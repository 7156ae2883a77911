import { z } from 'zod';

/** One setting of a service: how its text is read, what it means and what holds when it is absent (`undefined`: it is required). */
export type Setting<T, F extends string | undefined = string | undefined> = { schema: z.ZodType<T, string>; fallback: F; describe: string };
export type Settings<D extends Record<string, Setting<unknown>>> = {
  [K in keyof D]: D[K] extends Setting<infer T> ? T : never;
};

// F stays in the type: who deploys a service learns from it, before anything runs, which settings it must give.
type Fallback = string | undefined;
type Options<F extends Fallback> = { fallback?: F; describe: string };
const setting = <T, F extends Fallback = undefined>(schema: z.ZodType<T, string>, { fallback, describe }: Options<F>): Setting<T, F> => ({
  schema,
  fallback: fallback as F,
  describe,
});

export const text = <F extends Fallback = undefined>(options: Options<F>) => setting(z.string().min(1), options);
export const optionalText = (options: { describe: string }) => setting<string, ''>(z.string(), { ...options, fallback: '' });
export const integer = <F extends Fallback = undefined>(options: Options<F> & { min: number; max: number }) =>
  setting(
    z
      .string()
      .regex(/^-?[0-9]+$/, 'is not a whole number')
      .transform(Number)
      .pipe(z.number().min(options.min, `is below ${options.min}`).max(options.max, `is above ${options.max}`)),
    options,
  );
export const choice = <const T extends string, F extends Fallback = undefined>(values: readonly T[], options: Options<F>) =>
  setting<T, F>(z.enum(values as [T, ...T[]], `is not one of ${values.join(', ')}`) as unknown as z.ZodType<T, string>, options);

export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Reads a service's settings from an environment.
 * @param together says what is wrong with several settings at once, from their text
 * @throws SettingsError with every fault at once, a line each, naming the setting
 */
export function readSettings<D extends Record<string, Setting<unknown>>>(
  definitions: D,
  env: Record<string, string | undefined>,
  together: (given: Record<keyof D, string>) => string[] = () => [],
): Settings<D> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, fallback }] of Object.entries(definitions)) {
    const given = env[name] ?? fallback;
    if (given === undefined) {
      faults.push(`${name} is required`);
      continue;
    }
    const parsed = schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(`${name}=${JSON.stringify(given)} ${parsed.error.issues[0]?.message ?? 'is invalid'}`);
  }
  const given = Object.entries(definitions).map(([name, { fallback }]) => [name, env[name] ?? fallback ?? '']);
  faults.push(...together(Object.fromEntries(given)));
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  return values as Settings<D>;
}
