import type { CostAnswer } from '@tallyship/cost/cost-query';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import type { AppParts } from './app-parts.ts';
import { BASIS } from './cost-basis.ts';
import { costCsv } from './cost-csv.ts';
import { type CostRequest, groupName, readCostRequest } from './cost-request.ts';
import { ParameterError } from './parameters.ts';
import { isoTime } from './time-range.ts';

/** Most rows of an answer; more fit neither a page nor a spreadsheet, and are held in memory meanwhile. */
export const MAX_ANSWER_ROWS = 200_000;

/** `GET /api/costs?group=&from=&to=&step=&format=`: costs as JSON or CSV. */
export function costRoutes({ source, queue, now }: Pick<AppParts, 'source' | 'queue' | 'now'>): Hono {
  return new Hono().get('/api/costs', async (c) => {
    const request = readCostRequest(new URL(c.req.url).searchParams, now());
    const format =
      request.format ??
      (accepts(c, { header: 'Accept', supports: ['application/json', 'text/csv'], default: 'application/json' }) === 'text/csv'
        ? 'csv'
        : 'json');
    const answer = await queue.run(() => source.costs(request.query), c.req.raw.signal);
    if (answer.rows.length > MAX_ANSWER_ROWS)
      throw new ParameterError(
        'group',
        `the answer has ${answer.rows.length} rows, limit ${MAX_ANSWER_ROWS}; choose a coarser group or step, or a shorter range`,
      );
    // Late samples and the running hour change the past: nothing may keep an answer.
    c.header('cache-control', 'no-store');
    c.header('vary', 'Accept');
    if (format === 'json') return c.json(costJson(answer, request));
    c.header('content-type', 'text/csv; charset=utf-8; header=present');
    c.header('content-disposition', `attachment; filename="${csvName(request)}"`);
    return c.body(costCsv(answer));
  });
}

function costJson(answer: CostAnswer, { query }: CostRequest) {
  const { group, fromMs, toMs, step } = query;
  return { basis: BASIS, currency: 'USD', group: groupName(group), from: isoTime(fromMs), to: isoTime(toMs), step, ...answer };
}

function csvName({ query }: CostRequest): string {
  const time = (ms: number) => isoTime(ms).slice(0, 13).replace('T', '-');
  return `costs_${groupName(query.group).replaceAll(/[^A-Za-z0-9]+/g, '-')}_${time(query.fromMs)}_${time(query.toMs)}.csv`;
}
