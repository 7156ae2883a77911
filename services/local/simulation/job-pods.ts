import { CRON_JOBS, type CronJobSpec, FINISHED_POD_TTL_MS } from './catalog.ts';
import type { PodEvent } from './events.ts';
import { makeContainer, makeRun, sumRequests } from './pod-parts.ts';
import type { Scheduler } from './scheduler.ts';
import type { Span } from './span.ts';

/** The pods of CronJobs: they run for minutes, complete, and their objects stay for a while as Succeeded. */
export function makeJobPods(span: Span, scheduler: Scheduler): PodEvent[] {
  return CRON_JOBS.flatMap((spec) => {
    const everyMs = spec.everyMinutes * 60_000;
    const longestMs = spec.runSeconds[1] * 1000 + FINISHED_POD_TTL_MS + 300_000;
    const pods: PodEvent[] = [];
    for (let dueMs = Math.ceil((span.feedFromMs - longestMs) / everyMs) * everyMs; dueMs < span.feedToMs; dueMs += everyMs) {
      pods.push(jobPod(span, spec, dueMs, scheduler));
    }
    return pods;
  });
}

function jobPod(span: Span, spec: CronJobSpec, dueMs: number, scheduler: Scheduler): PodEvent {
  const { random } = span;
  const createdMs = dueMs + random.integer(0, 59) * 1000;
  const initStartMs = createdMs + random.integer(2, 9) * 1000;
  const initEndMs = spec.init ? initStartMs + random.integer(...spec.init.seconds) * 1000 : initStartMs;
  const runningMs = initEndMs + random.integer(1, 4) * 1000;
  const plannedMs = runningMs + random.integer(...spec.runSeconds) * 1000;
  const node = scheduler.place(sumRequests(spec.containers), createdMs, plannedMs);
  // A node that leaves first cuts the Job short: it counts as completed a little before the node goes.
  const finishedMs = node.removedMs === null ? plannedMs : Math.min(plannedMs, node.removedMs - 60_000);
  const job = `${spec.name}-${dueMs / 60_000}`;
  const init = spec.init ? [makeContainer(span, spec.init, true, [makeRun(span, initStartMs, initEndMs)])] : [];
  const containers = spec.containers.map((container) => makeContainer(span, container, false, [makeRun(span, runningMs, finishedMs)]));
  return {
    namespace: spec.namespace,
    name: `${job}-${random.suffix(5)}`,
    uid: random.uuid(),
    node: node.name,
    owner: { kind: 'Job', name: job },
    workload: { kind: 'CronJob', name: spec.name },
    labels: { app: spec.name, team: spec.namespace === 'ci' ? 'platform' : spec.namespace },
    createdMs,
    runningMs,
    finishedMs,
    deletedMs: finishedMs + FINISHED_POD_TTL_MS + random.integer(0, 50) * 1000,
    containers: [...init, ...containers],
  };
}
