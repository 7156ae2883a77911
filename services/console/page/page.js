import { chartLayers, stepStarts, summarize } from './answer.js';
import { drawBars } from './chart.js';
import { costFormat, percent, stepLabel } from './format.js';
import { fillGroups, fillSteps, make } from './tables.js';
import { readView, shownRange, viewQuery, viewSearch } from './view.js';

const MOST_LAYERS = 6;
const MOST_ROWS = 200;
const CONTROLS = ['group', 'label-key', 'range', 'from', 'to', 'step', 'cluster'];
const at = (id) => document.getElementById(id);

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

/** Shows what the address says. A newer call ends an older one that still waits. */
async function show() {
  const view = readView(location.search);
  writeControls(view);
  running.abort();
  if (view.group === 'label' && view['label-key'] === '') return setState('empty', 'Which label? Its key goes into the field above.');
  running = new AbortController();
  const { signal } = running;
  setState('loading', 'Loading…');
  try {
    const query = viewQuery(view, Date.now());
    const response = await fetch(`/api/costs?${query}`, { signal });
    const answer = await response.json();
    if (!response.ok) return showFault(answer, view);
    at('download').href = `/api/costs?${query}&format=csv`;
    showAnswer(answer, view);
  } catch (error) {
    if (!signal.aborted) showFault({ error: `The console does not answer: ${error.message}` }, view);
  }
}

function readControls() {
  return Object.fromEntries(CONTROLS.map((id) => [id, at(id).value]));
}

function writeControls(view) {
  if (![...at('cluster').options].some(({ value }) => value === view.cluster)) at('cluster').append(new Option(view.cluster, view.cluster));
  for (const id of CONTROLS) {
    at(id).value = view[id];
    at(id).removeAttribute('aria-invalid');
  }
  const { from, to } = shownRange(view, Date.now());
  at('from').value = from;
  at('to').value = to;
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

function showFault({ error, parameter }, view) {
  setState('fault', '');
  at('fault').textContent = error;
  const field = parameter === 'group' && view.group === 'label' ? 'label-key' : parameter;
  if (CONTROLS.includes(field)) at(field).setAttribute('aria-invalid', 'true');
}

function showAnswer(answer, view) {
  showClusters(answer.coverage.clusters, view.cluster);
  showFooter(answer);
  const rows = view.cluster === '' ? answer.rows : answer.rows.filter(({ cluster }) => cluster === view.cluster);
  if (rows.length === 0)
    return setState('empty', 'No costs in this range: the lake has no usage of these hours. Data quality, below, says what is missing.');
  const sums = summarize(rows);
  const format = costFormat(sums.totals.total ?? 0);
  setState('full', '');
  showFigures(sums, format);
  showGroups(sums, answer.group, format, MOST_ROWS);
  showLists(answer, view.cluster);
  redraw = () => showSteps(sums, answer, format);
  redraw();
}

function showClusters(clusters, chosen) {
  const names = clusters.map(({ cluster }) => cluster);
  if (chosen !== '' && !names.includes(chosen)) names.push(chosen);
  at('cluster').replaceChildren(new Option('All', ''), ...names.map((name) => new Option(name, name)));
  at('cluster').value = chosen;
  at('cluster-field').hidden = names.length < 2 && chosen === '';
}

function showFigures({ totals, byBand }, format) {
  const figure = (name, value) => {
    const share = name === 'Total' || !totals.total || value === null ? '' : percent(value, totals.total);
    return make('div', {}, make('dt', {}, name), make('dd', {}, format(value), ' ', make('small', {}, share)));
  };
  at('figures').replaceChildren(
    figure('Total', totals.total),
    figure('Workloads', byBand.workload),
    figure('System', byBand.system),
    figure('Idle', byBand.idle),
  );
}

function showSteps({ groups, steps }, answer, format) {
  const layers = chartLayers(groups, MOST_LAYERS);
  const found = new Map(steps.map((step) => [step.startMs, step]));
  const bars = stepStarts(Date.parse(answer.from), Date.parse(answer.to), answer.step).map((ms) => {
    const step = found.get(ms);
    const values = layers.map(({ keys }) => (step ? keys.reduce((sum, key) => sum + (step.byGroup.get(key) ?? 0), 0) : null));
    return { ...stepLabel(ms, answer.step), values, total: step ? step.total : null };
  });
  drawBars(at('chart'), layers, bars, format);
  at('legend').replaceChildren(...layers.map(({ name, style }) => make('li', {}, make('span', { class: `swatch ${style}` }), name)));
  fillSteps(at('steps'), layers, bars, format);
}

function showGroups(sums, groupName, format, most) {
  const count = sums.groups.length;
  at('table-title').textContent = `By ${groupName.replace(/^label:/, 'label ')}`;
  fillGroups(at('groups'), sums, format, most);
  at('show-all').hidden = count <= most;
  at('show-all').textContent = `Show all ${count} rows`;
  at('show-all').onclick = () => showGroups(sums, groupName, format, count);
}

function showLists({ unpriced, warnings }, cluster) {
  const concerned = unpriced.filter((entry) => cluster === '' || entry.cluster === cluster);
  const lines = concerned.map(({ name, reason, hours, cluster }) => `${name}: ${reason} (${hours} h, ${cluster})`);
  fillList('unpriced', 'unpriced-list', lines);
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
