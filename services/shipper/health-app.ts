import type { Telemetry } from '@tallyship/shared/runtime/telemetry';
import { Hono } from 'hono';
import type { TargetState } from './target-loop.ts';

export type HealthParts = {
  telemetry: Telemetry;
  states: () => TargetState[];
  isStopping: () => boolean;
  /** Longest time in which a loop that lives ends neither an upload nor a cycle. */
  maxSilenceMs: number;
  now: () => number;
};

/**
 * `/livez`: every loop still turns. `/readyz`: the required targets take files. `/healthz`: all targets do; in the form of CloudZero's
 * agents, with the faults of each target. `/metrics`: telemetry.
 */
export function createHealthApp({ telemetry, states, isStopping, maxSilenceMs, now }: HealthParts): Hono {
  const app = new Hono();
  app.use(telemetry.measure);
  app.get('/metrics', telemetry.expose);
  app.get('/livez', (c) => {
    const stuck = states().filter(({ lastBeatMs }) => now() - lastBeatMs > maxSilenceMs);
    return stuck.length === 0
      ? c.text('ok')
      : c.text(stuck.map(({ target }) => `${target}: nothing has ended for too long`).join('\n'), 503);
  });
  app.get('/readyz', (c) => {
    const faults = states().flatMap(({ target, isRequired, faults }) => (isRequired ? faults.map((fault) => `${target}: ${fault}`) : []));
    if (isStopping()) faults.push('stopping');
    return faults.length === 0 ? c.text('ok') : c.text(faults.join('\n'), 503);
  });
  app.get('/healthz', (c) => {
    const targets = Object.fromEntries(states().map(({ target, faults, failuresInARow }) => [target, { faults, failuresInARow }]));
    const faults = states().flatMap(({ target, faults }) => faults.map((fault) => `${target}: ${fault}`));
    if (faults.length === 0) return c.json({ success: true, targets });
    return c.json({ success: false, error: faults.join('; '), targets }, 503);
  });
  app.notFound((c) => c.text('no such path; there are /livez, /readyz, /healthz and /metrics', 404));
  return app;
}
