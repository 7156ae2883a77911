import type { Shape } from './events.ts';

/** Writes the values of a series at `times[from..to)` (milliseconds) to the same places of `out`. No object per sample. */
export type Fill = (times: Float64Array, from: number, to: number, out: Float64Array) => void;

export function constant(value: number): Fill {
  return (_times, from, to, out) => {
    out.fill(value, from, to);
  };
}

/** What a shape shows at the time of the scrape, times `scale`. */
export function gauge(shape: Shape, scale = 1): Fill {
  const level = levelOf(shape);
  return (times, from, to, out) => {
    for (let i = from; i < to; i++) out[i] = scale * level(times[i] as number);
  };
}

/** The integral of a shape in value x seconds since the start, or since the last reset. */
export function counter(shape: Shape, startMs: number, resetsMs: number[] = []): Fill {
  const area = areaOf(shape);
  const starts = [startMs, ...resetsMs];
  const bases = starts.map(area);
  return (times, from, to, out) => {
    for (let i = from; i < to; i++) {
      const atMs = times[i] as number;
      let life = starts.length - 1;
      while (life > 0 && (starts[life] as number) > atMs) life--;
      out[i] = area(atMs) - (bases[life] as number);
    }
  };
}

/** A counter of whole events that grows evenly. */
export function ramp(startMs: number, perSecond: number): Fill {
  return (times, from, to, out) => {
    for (let i = from; i < to; i++) out[i] = Math.floor((((times[i] as number) - startMs) / 1000) * perSecond);
  };
}

/** `before` until the first change, then the value of the latest change. */
export function timeline(before: number, changes: { atMs: number; value: number }[]): Fill {
  return (times, from, to, out) => {
    for (let i = from; i < to; i++) {
      let value = before;
      for (const change of changes) if (change.atMs <= (times[i] as number)) value = change.value;
      out[i] = value;
    }
  };
}

function levelOf(shape: Shape): (atMs: number) => number {
  if (shape.kind === 'sine') {
    const { mean, amplitude, phaseMs } = shape;
    const turn = (2 * Math.PI) / shape.periodMs;
    return (atMs) => mean + amplitude * Math.sin(turn * (atMs + phaseMs));
  }
  const { steps } = shape;
  return (atMs) => steps[stepAt(steps, atMs)]?.level as number;
}

/** An antiderivative in value x seconds. */
function areaOf(shape: Shape): (atMs: number) => number {
  if (shape.kind === 'sine') {
    const { mean, amplitude, phaseMs } = shape;
    const turn = (2 * Math.PI) / shape.periodMs;
    // From the shape's own origin: a time since 1970 would cost the small differences their digits.
    const originMs = Math.floor(Date.UTC(2026, 0, 1) / shape.periodMs) * shape.periodMs;
    return (atMs) => (mean * (atMs - originMs) - (amplitude / turn) * Math.cos(turn * (atMs + phaseMs))) / 1000;
  }
  const { steps } = shape;
  const areas = [0];
  for (let i = 1; i < steps.length; i++) {
    const [previous, step] = [steps[i - 1], steps[i]] as [Step, Step];
    areas.push((areas[i - 1] as number) + (previous.level * (step.atMs - previous.atMs)) / 1000);
  }
  return (atMs) => {
    const index = stepAt(steps, atMs);
    const step = steps[index] as Step;
    return (areas[index] as number) + (step.level * (atMs - step.atMs)) / 1000;
  };
}

type Step = { atMs: number; level: number };

function stepAt(steps: Step[], atMs: number): number {
  let index = steps.length - 1;
  while (index > 0 && (steps[index] as Step).atMs > atMs) index--;
  return index;
}
