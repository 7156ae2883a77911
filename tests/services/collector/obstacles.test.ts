import assert from 'node:assert/strict';
import { Obstacles } from '../../../services/collector/obstacles.ts';

const SETTINGS = { MAX_UNSHIPPED_BYTES: 1000, MAX_OPEN_HOURS: 10 };

function obstaclesOf(series: { inUse: number; waiting: number }, relieve: () => Promise<boolean> = async () => true) {
  const hurried = { times: 0 };
  const obstacles = new Obstacles({
    settings: SETTINGS,
    maxSeriesBytes: 200,
    unshippedBytes: () => 0,
    targets: { of: () => undefined, bytes: 777 },
    ingest: { seriesBytes: series },
    sealers: [{ relieve, hurry: () => hurried.times++ }],
  });
  return { obstacles, hurried };
}

describe('what stands in the way of requests', () => {
  it('is nothing while the label sets of hours that wait and those in use keep their limit together', async () => {
    const { obstacles, hurried } = obstaclesOf({ inUse: 100, waiting: 100 });
    assert.deepEqual([await obstacles.ask(), hurried.times, obstacles.holdUpRequests], [undefined, 0, false]);
  });

  it('is their sum above it: everything is sealed at once, and a seal goes ahead of what is put off', async () => {
    const series = { inUse: 100, waiting: 101 };
    const { obstacles, hurried } = obstaclesOf(series);
    assert.match((await obstacles.ask()) as string, /take 201 bytes, limit 200; .*MAX_SERIES_BYTES/);
    assert.deepEqual([hurried.times, obstacles.holdUpRequests], [1, true]);
    series.waiting = 0;
    assert.deepEqual([await obstacles.ask(), obstacles.holdUpRequests], [undefined, false]);
  });

  it('is never what is in use alone: the next request replaces that', async () => {
    assert.equal(await obstaclesOf({ inUse: 10_000, waiting: 0 }).obstacles.ask(), undefined);
  });

  it('holds requests up while they wait for a seal, and no longer', async () => {
    const seal = Promise.withResolvers<boolean>();
    const { obstacles } = obstaclesOf({ inUse: 0, waiting: 0 }, () => seal.promise);
    const asked = [obstacles.ask(), obstacles.ask()];
    assert.equal(obstacles.holdUpRequests, true);
    seal.resolve(true);
    await Promise.all(asked);
    assert.equal(obstacles.holdUpRequests, false);
  });
});
