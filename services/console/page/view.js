const DEFAULTS = { group: 'namespace', 'label-key': '', range: '24h', from: '', to: '', step: 'auto', cluster: '' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * What the page shows is kept in its address: a link or the back button brings the same view again. Times may be written as the API
 * takes them; one that names `from` or `to` alone means them.
 */
export function readView(search) {
  const given = new URLSearchParams(search);
  const view = Object.fromEntries(Object.entries(DEFAULTS).map(([name, fallback]) => [name, given.get(name) ?? fallback]));
  const range = given.has('range') || !(view.from || view.to) ? view.range : 'custom';
  return { ...view, range, from: asInput(view.from), to: asInput(view.to) };
}

/** The address of a view, without what is as usual. */
export function viewSearch(view) {
  const isUsed = (name) => (name === 'from' || name === 'to' ? view.range === 'custom' : name !== 'label-key' || view.group === 'label');
  const said = Object.keys(DEFAULTS).filter((name) => view[name] !== DEFAULTS[name] && isUsed(name));
  return `?${new URLSearchParams(said.map((name) => [name, view[name]]))}`;
}

/** The query string of the API for a view. */
export function viewQuery(view, nowMs) {
  const { from, to } = shownRange(view, nowMs);
  const query = new URLSearchParams({ group: view.group === 'label' ? `label:${view['label-key']}` : view.group });
  if (from) query.set('from', apiTime(from));
  if (to) query.set('to', apiTime(to));
  if (view.step !== 'auto') query.set('step', view.step);
  return query;
}

/** @returns the range of a view as the two inputs show it: `2026-11-20T05:00`, UTC */
export function shownRange(view, nowMs) {
  if (view.range === 'custom') return { from: view.from, to: view.to };
  const now = new Date(nowMs);
  const hourEnd = Math.floor(nowMs / HOUR_MS) * HOUR_MS + HOUR_MS;
  const midnight = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const month = (offset) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1);
  const ranges = {
    '24h': [hourEnd - DAY_MS, hourEnd],
    '7d': [midnight - 6 * DAY_MS, hourEnd],
    '30d': [midnight - 29 * DAY_MS, hourEnd],
    month: [month(0), hourEnd],
    'last-month': [month(-1), month(0)],
  };
  const [from, to] = ranges[view.range] ?? ranges['24h'];
  return { from: inputTime(from), to: inputTime(to) };
}

function inputTime(ms) {
  return new Date(ms).toISOString().slice(0, 16);
}

/** An input for date and time stays empty for a date alone, and for seconds and a zone. */
function asInput(value) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return `${value}T00:00`;
  return value.replace(/^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:00(\.0+)?)?Z$/, '$1');
}

/** What the inputs show is UTC. What they could not have made is left to the API to refuse. */
function apiTime(value) {
  return /T\d{2}:\d{2}$/.test(value) ? `${value}Z` : value;
}
