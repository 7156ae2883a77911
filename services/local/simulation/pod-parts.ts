import { type ContainerSpec, GIB } from './catalog.ts';
import type { ContainerEvent, ContainerRun, Resources, Shape } from './events.ts';
import type { Span } from './span.ts';

const HOUR_MS = 3_600_000;

export function requestsOf([cpuCores, gib]: [number, number]): Resources {
  return { cpuCores, memoryBytes: Math.round(gib * GIB) };
}

export function sumRequests(containers: ContainerSpec[]): Resources {
  const all = containers.map(({ requests }) => requestsOf(requests));
  return { cpuCores: sum(all.map((r) => r.cpuCores)), memoryBytes: sum(all.map((r) => r.memoryBytes)) };
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

/** A container with a use of its own around the catalog's figures. */
export function makeContainer(span: Span, spec: ContainerSpec, isInit: boolean, runs: ContainerRun[]): ContainerEvent {
  const scale = span.random.between(0.75, 1.25);
  return {
    name: spec.name,
    image: `registry.example/simulated/${spec.name}:1.${spec.name.length}.0`,
    isInit,
    requests: requestsOf(spec.requests),
    cpu: makeShape(span, spec.use[0] * scale, 0.8),
    memory: makeShape(span, spec.use[1] * GIB * scale, 0.15),
    runs,
  };
}

export function makeRun(span: Span, startMs: number, endMs: number | null): ContainerRun {
  return { id: span.random.hex(64), startMs, endMs, counterResetsMs: [] };
}

/** Splits a long run by a restart of 8 to 40 s at a random second of the priced span. */
export function withRestart(span: Span, run: ContainerRun): ContainerRun[] {
  const { random, fromMs, toMs, feedToMs } = span;
  const low = Math.max(run.startMs, fromMs) + 60_000;
  const high = Math.min(run.endMs ?? feedToMs, toMs) - 60_000;
  if (high <= low) return [run];
  const crashMs = Math.round(random.between(low, high) / 1000) * 1000;
  const counterResetsMs = run.counterResetsMs.filter((resetMs) => resetMs < crashMs);
  return [{ ...run, endMs: crashMs, counterResetsMs }, makeRun(span, crashMs + random.integer(8, 40) * 1000, run.endMs)];
}

/** A sine over hours for half of the containers, levels that change every 20 to 90 minutes for the others. */
function makeShape({ random, feedFromMs, feedToMs }: Span, mean: number, swing: number): Shape {
  if (random.chance(0.5)) {
    const periodMs = Math.round(random.between(1, 8) * HOUR_MS);
    return { kind: 'sine', mean, amplitude: mean * random.between(0.1, 1) * swing, periodMs, phaseMs: random.integer(0, periodMs) };
  }
  const steps = [];
  for (let atMs = feedFromMs - HOUR_MS; atMs < feedToMs; atMs += random.integer(20 * 60, 90 * 60) * 1000) {
    steps.push({ atMs, level: mean * (1 + random.between(-swing, swing)) });
  }
  return { kind: 'steps', steps };
}
