import type { Known } from './facts.ts';

export type Status = 'ok' | 'warn' | 'fail';
/** What was checked, how it stands, and what to do: one line. */
export type Finding = { check: string; status: Status; message: string };

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message });
export const warn = (check: string, message: string): Finding => ({ check, status: 'warn', message });
export const fail = (check: string, message: string): Finding => ({ check, status: 'fail', message });

/** Judges what is known; what could not be asked is a warning, never taken for well. */
export function judged<T>(check: string, known: Known<T> | undefined, judge: (value: T) => Finding[]): Finding[] {
  if (known === undefined) return [];
  return 'value' in known ? judge(known.value) : [warn(check, `not known: ${known.fault}`)];
}
