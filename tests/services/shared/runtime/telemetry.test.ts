import assert from 'node:assert/strict';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { Hono } from 'hono';

describe('telemetry', () => {
  const makeApp = () => {
    const telemetry = createTelemetry();
    const app = new Hono();
    app.use(telemetry.measure);
    app.get('/metrics', telemetry.expose);
    app.get('/files/:name', (c) => c.text(c.req.param('name')));
    app.get('/broken', () => {
      throw new Error('broken');
    });
    app.onError((_error, c) => c.text('sorry', 500));
    return app;
  };
  const scrape = async (app: Hono) => (await app.request('/metrics')).text();

  it("exposes Node's own metrics in the Prometheus text format", async () => {
    const response = await makeApp().request('/metrics');
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(await response.text(), /^nodejs_heap_size_used_bytes /m);
  });

  it('counts requests under the route pattern, never under the path', async () => {
    const app = makeApp();
    for (const name of ['a', 'b', 'c']) await app.request(`/files/${name}`);
    await app.request('/chosen-by-the-caller');
    const text = await scrape(app);
    assert.match(text, /^http_request_duration_seconds_count\{method="GET",route="\/files\/:name",status_code="200"\} 3$/m);
    assert.match(text, /^http_request_duration_seconds_count\{method="GET",route="\/\*",status_code="404"\} 1$/m);
    assert.ok(!text.includes('chosen-by-the-caller'));
  });

  it('counts a failed request with the status that was sent', async () => {
    const app = makeApp();
    await app.request('/broken');
    assert.match(await scrape(app), /route="\/broken",status_code="500"\} 1$/m);
  });

  it('keeps apart the services that share a process', async () => {
    const [one, other] = [makeApp(), makeApp()];
    await one.request('/files/a');
    assert.ok(!(await scrape(other)).includes('/files/:name'));
  });
});
