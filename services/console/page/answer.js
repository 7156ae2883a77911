/** What does not belong to anybody's workload is shown apart from it. */
const BANDS = ['idle', 'system', 'unpriced'];
const BAND_LABELS = { idle: 'Idle', system: 'System', unpriced: 'Unpriced' };
const PARTS = ['cpuCost', 'memoryCost', 'gpuCost', 'storageCost', 'loadBalancerCost'];

/**
 * Adds up the rows of a cost answer for the page: groups over all steps (dearest first, then idle, system and unpriced), and steps.
 * Adding keeps "not known" apart from 0: a sum of nothing known is null.
 */
export function summarize(rows) {
  const groups = new Map();
  const steps = new Map();
  for (const row of rows) {
    const band = BANDS.includes(row.kind) ? row.kind : 'workload';
    const key = `${band} ${row.group}`;
    const group = upsert(groups, key, () => ({ key, band, name: groupLabel(band, row.group), parts: {}, total: null, reasons: new Set() }));
    for (const part of PARTS) group.parts[part] = add(group.parts[part] ?? null, row[part]);
    group.total = add(group.total, row.totalCost);
    if (row.reason) group.reasons.add(row.reason);
    const step = upsert(steps, row.stepStartMs, () => ({ startMs: row.stepStartMs, byGroup: new Map(), total: null }));
    step.byGroup.set(key, add(step.byGroup.get(key) ?? null, row.totalCost));
    step.total = add(step.total, row.totalCost);
  }
  const all = [...groups.values()];
  return {
    groups: all.sort((a, b) => rank(a) - rank(b) || (b.total ?? 0) - (a.total ?? 0) || a.name.localeCompare(b.name)),
    steps: [...steps.values()].sort((a, b) => a.startMs - b.startMs),
    totals: Object.fromEntries(
      [...PARTS, 'total'].map((part) => [part, sum(all.map((group) => (part === 'total' ? group.total : group.parts[part])))]),
    ),
    byBand: Object.fromEntries(
      ['workload', ...BANDS].map((band) => [band, sum(all.filter((group) => group.band === band).map(({ total }) => total))]),
    ),
  };
}

/**
 * The layers of the chart, from the ground up: the dearest groups one by one, the rest as one, then system and idle.
 * @returns layers `{ name, style, keys }`; `style` is the CSS class that colours it
 */
export function chartLayers(groups, mostGroups) {
  const known = groups.filter(({ total }) => total !== null && total > 0);
  const workloads = known.filter(({ band }) => band === 'workload');
  const single = workloads.length <= mostGroups ? workloads : workloads.slice(0, mostGroups - 1);
  const rest = workloads.slice(single.length);
  const layers = single.map(({ name, key }, i) => ({ name, style: `layer-${i}`, keys: [key] }));
  if (rest.length > 0) layers.push({ name: `${rest.length} others`, style: 'layer-rest', keys: rest.map(({ key }) => key) });
  for (const band of ['system', 'idle']) {
    const keys = known.filter((group) => group.band === band).map(({ key }) => key);
    if (keys.length > 0) layers.push({ name: BAND_LABELS[band], style: `layer-${band}`, keys });
  }
  return layers;
}

/** Every step from the first to the last of a range, so that a step without data shows as a hole and not as a shorter time. */
export function stepStarts(fromMs, toMs, step) {
  const starts = [];
  for (let ms = floorStep(fromMs, step); ms < toMs; ms = nextStep(ms, step)) starts.push(ms);
  return starts;
}

function floorStep(ms, step) {
  const date = new Date(ms);
  if (step === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return step === 'day' ? date.setUTCHours(0, 0, 0, 0) : date.setUTCMinutes(0, 0, 0);
}

function nextStep(ms, step) {
  const date = new Date(ms);
  if (step === 'month') return date.setUTCMonth(date.getUTCMonth() + 1);
  return ms + (step === 'day' ? 86_400_000 : 3_600_000);
}

/** `(idle)` is a group name that only says its kind again; a node's name says more. */
function groupLabel(band, group) {
  if (band === 'workload') return group;
  return group.startsWith('(') ? BAND_LABELS[band] : `${group}, ${band}`;
}

function rank({ band }) {
  return ['workload', ...BANDS].indexOf(band);
}

function add(a, b) {
  if (b === null || b === undefined) return a;
  return (a ?? 0) + b;
}

function sum(values) {
  return values.reduce(add, null);
}

function upsert(map, key, make) {
  if (!map.has(key)) map.set(key, make());
  return map.get(key);
}
