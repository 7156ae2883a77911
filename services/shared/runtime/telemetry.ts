import type { Handler, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export type RequestLabels = { method: string; route: string; status_code: number };

export type Telemetry = {
  /** Where a service registers its own metrics. */
  registry: Registry;
  /** Times every request; goes first in an app: `app.use(telemetry.measure)`. */
  measure: MiddlewareHandler;
  /** Times requests that are answered ahead of an app, all with these labels: `observe(labels)(seconds)`. */
  observe: (labels: RequestLabels) => (seconds: number) => void;
  /** Answers a scrape: `app.get('/metrics', telemetry.expose)`. */
  expose: Handler;
};

/**
 * A service's telemetry: a registry of its own with Node's default metrics and
 * `http_request_duration_seconds{method,route,status_code}`.
 * `route` is the pattern of the route that answered, never the raw path: a path is chosen by the caller and would grow the series without bound.
 */
export function createTelemetry(): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to its answer',
    labelNames: ['method', 'route', 'status_code'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  return {
    registry,
    measure: async (c, next) => {
      const stop = durations.startTimer();
      await next();
      stop({ method: c.req.method, route: routePath(c), status_code: c.res.status });
    },
    observe: (labels) => (seconds) => durations.observe(labels, seconds),
    expose: async (c) => c.text(await registry.metrics(), 200, { 'content-type': registry.contentType }),
  };
}
