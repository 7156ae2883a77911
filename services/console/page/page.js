import { chartLayers, stepStarts, summarize } from './answer.js';
import { drawBars } from './chart.js';
import { readView, shownRange, viewQuery, viewSearch } from './view.js';

const MOST_LAYERS = 6;
const MOST_ROWS = 200;
const PARTS = { cpuCost: 'CPU', memoryCost: 'Memory', gpuCost: 'GPU', storageCost: 'Storage', loadBalancerCost: 'Load balancer' };
const at = (id) => document.getElementById(id);
const controls = ['group', 'label-key', 'range', 'from', 'to', 'step', 'cluster'];

let running = new AbortController();
let redraw = () => {};

at('controls').addEventListener('submit', (event) => event.preventDefault());
at('controls').addEventListener('change', () => {
  history.pushState(null, '', viewSearch(readControls()));
  show();
});
addEventListener('popstate', show);
addEventListener('resize', () => redraw());
show();

async function show() {
  const view = readView(location.search);
  writeControls(view);
  running.abort();
  if (view.group === 'label' && view['label-key'] === '') return setState('empty', 'Which label? Its key goes into the field above.');
  const query = viewQuery(view, Date.now());
  running = new AbortController();
  const { signal } = running;
  setState('loading', 'Loading…');
  try {
    const response = await fetch(`/api/costs?${query}`, { signal });
    const answer = await response.json();
    if (!response.ok) return showFault(answer);
    showAnswer(answer, view);
  } catch (error) {
    if (!signal.aborted) showFault({ error: `The console does not answer: ${error.message}` });
  }
}

function readControls() {
  return Object.fromEntries(controls.map((id) => [id, at(id).value]));
}

function writeControls(view) {
  for (const id of controls) {
    if (id === 'cluster' && ![...at(id).options].some(({ value }) => value === view.cluster))
      at(id).append(new Option(view.cluster || 'All', view.cluster));
    at(id).value = view[id];
    at(id).removeAttribute('aria-invalid');
  }
  const range = shownRange(view, Date.now());
  if (view.range !== 'custom') [at('from').value, at('to').value] = [range.from, range.to];
  at('label-field').hidden = view.group !== 'label';
  for (const field of document.querySelectorAll('.custom-range')) field.hidden = view.range !== 'custom';
}

function setState(state, message) {
  at('answer').setAttribute('aria-busy', String(state === 'loading'));
  at('answer').dataset.state = state;
  at('status').textContent = message;
  at('status').hidden = message === '';
  at('fault').hidden = state !== 'fault';
  if (state !== 'loading') at('content').hidden = state !== 'full';
}

function showFault({ error, parameter }) {
  setState('fault', '');
  at('fault').textContent = error;
  for (const id of parameter === 'group' && readView(location.search).group === 'label'
    ? ['label-key']
    : controls.filter((id) => id === parameter))
    at(id).setAttribute('aria-invalid', 'true');
}

function showAnswer(answer, view) {
  showClusters(answer.coverage.clusters, view.cluster);
  const rows = view.cluster === '' ? answer.rows : answer.rows.filter(({ cluster }) => cluster === view.cluster);
  showFooter(answer);
  if (rows.length === 0)
    return setState('empty', 'No costs in this range: the lake has no usage of these hours. Data quality, below, says what is missing.');
  const sums = summarize(rows);
  const format = costFormat(sums.totals.total ?? 0);
  setState('full', '');
  showFigures(sums, format);
  showGroups(sums, answer.group, format);
  showLists(answer, view.cluster);
  redraw = () => showSteps(sums, answer, format);
  redraw();
  at('download').href = `/api/costs?${viewQuery(view, Date.now())}&format=csv`;
}

function showClusters(clusters, chosen) {
  const names = clusters.map(({ cluster }) => cluster);
  if (chosen !== '' && !names.includes(chosen)) names.push(chosen);
  at('cluster').replaceChildren(new Option('All', ''), ...names.map((name) => new Option(name, name)));
  at('cluster').value = chosen;
  at('cluster-field').hidden = names.length < 2 && chosen === '';
}

function showFigures({ totals, byBand }, format) {
  const share = (value) => (totals.total ? ` (${Math.round((100 * (value ?? 0)) / totals.total)} %)` : '');
  const figures = [
    ['Total', format(totals.total)],
    ['Workloads', format(byBand.workload) + share(byBand.workload)],
    ['System', format(byBand.system) + share(byBand.system)],
    ['Idle', format(byBand.idle) + share(byBand.idle)],
  ];
  at('figures').replaceChildren(...figures.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
}

function showSteps({ groups, steps }, answer, format) {
  const layers = chartLayers(groups, MOST_LAYERS);
  const found = new Map(steps.map((step) => [step.startMs, step]));
  const bars = stepStarts(Date.parse(answer.from), Date.parse(answer.to), answer.step).map((ms) => {
    const step = found.get(ms);
    const values = layers.map(({ keys }) => (step ? keys.reduce((sum, key) => sum + (step.byGroup.get(key) ?? 0), 0) : null));
    return { ...stepLabel(ms, answer.step), values, total: step ? step.total : null };
  });
  drawBars(at('chart'), layers, bars, tickFormat());
  at('legend').replaceChildren(...layers.map(({ name, style }) => make('li', {}, make('span', { class: `swatch ${style}` }), name)));
  at('steps').replaceChildren(
    make('thead', {}, make('tr', {}, heading('Step'), ...layers.map(({ name }) => heading(name)), heading('Total'))),
    make(
      'tbody',
      {},
      ...bars.map(({ note, values, total }) =>
        make('tr', {}, make('th', { scope: 'row' }, note), ...values.map((value) => cell(format(value))), cell(format(total))),
      ),
    ),
  );
}

function showGroups({ groups, totals }, groupName, format, most = MOST_ROWS) {
  const parts = Object.keys(PARTS).filter((part) => part === 'cpuCost' || part === 'memoryCost' || totals[part]);
  const shown = groups.slice(0, most);
  at('table-title').textContent = `By ${groupName.startsWith('label:') ? `label ${groupName.slice(6)}` : groupName}`;
  at('groups').replaceChildren(
    make('thead', {}, make('tr', {}, heading('Group'), ...parts.map((part) => heading(PARTS[part])), heading('Total'), heading('Share'))),
    make('tbody', {}, ...shown.map((group) => groupRow(group, parts, totals.total, format))),
    make(
      'tfoot',
      {},
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, 'Total'),
        ...parts.map((part) => cell(format(totals[part]))),
        cell(format(totals.total)),
        cell(''),
      ),
    ),
  );
  at('show-all').hidden = groups.length <= most;
  at('show-all').textContent = `Show all ${groups.length} rows`;
  at('show-all').onclick = () => showGroups({ groups, totals }, groupName, format, groups.length);
}

function groupRow({ name, band, parts, total, reasons }, columns, whole, format) {
  const why = band === 'unpriced' ? make('small', {}, [...reasons].join('; ')) : '';
  const share = total === null || !whole ? null : total / whole;
  const bar = make('meter', { min: 0, max: 1, value: share ?? 0, 'aria-hidden': 'true' });
  return make(
    'tr',
    { class: `band-${band}` },
    make('th', { scope: 'row' }, name, why),
    ...columns.map((part) => cell(format(parts[part]))),
    cell(total === null ? 'unpriced' : format(total)),
    make('td', { class: 'share' }, ...(share === null ? ['–'] : [bar, make('span', {}, `${(100 * share).toFixed(1)} %`)])),
  );
}

function showLists({ unpriced, warnings }, cluster) {
  const concerned = unpriced.filter((entry) => cluster === '' || entry.cluster === cluster);
  fillList(
    'unpriced',
    'unpriced-list',
    concerned.map((entry) => `${entry.name}: ${entry.reason} (${entry.hours} h, ${entry.cluster})`),
  );
  fillList('warnings', 'warning-list', warnings);
}

function fillList(section, list, lines) {
  at(section).hidden = lines.length === 0;
  at(list).replaceChildren(...lines.slice(0, MOST_ROWS).map((line) => make('li', {}, line)));
}

function showFooter({ basis, priceDate, coverage, notes }) {
  at('coverage').textContent = `${basis}; prices of ${priceDate}; data in ${coverage.hoursWithData} of ${coverage.hoursExpected} hours.`;
  at('notes').replaceChildren(...notes.map((note) => make('li', {}, note)));
}

function stepLabel(ms, step) {
  const date = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(ms);
  if (step === 'month') return { label: date({ month: 'short', year: '2-digit' }), note: date({ month: 'long', year: 'numeric' }) };
  const day = date({ day: 'numeric', month: 'short' });
  if (step === 'day') return { label: day, note: date({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }) };
  const hour = date({ hour: '2-digit', minute: '2-digit' });
  return { label: hour, note: `${day} ${hour}` };
}

/** One number of decimals for a whole table, so that its columns line up; small totals get more of them. */
function costFormat(total) {
  const digits = total >= 10 ? 2 : 4;
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (value) => (value === null || value === undefined ? '–' : format.format(value));
}

function tickFormat() {
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 0,
    maximumSignificantDigits: 4,
  });
  return (value) => format.format(value);
}

function heading(name) {
  return make('th', { scope: 'col' }, name);
}

function cell(value) {
  return make('td', {}, value);
}

function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
