import { percent } from './format.js';

const PARTS = { cpuCost: 'CPU', memoryCost: 'Memory', gpuCost: 'GPU', storageCost: 'Storage', loadBalancerCost: 'Load balancer' };

/** Fills the table of groups with the `most` dearest ones. CPU and memory always have a column, the rest when it costs anything. */
export function fillGroups(table, { groups, totals }, format, most) {
  const parts = Object.keys(PARTS).filter((part) => part === 'cpuCost' || part === 'memoryCost' || totals[part]);
  const amounts = (of) => parts.map((part) => cell(format(of[part]), of[part] === 0 ? 'zero' : ''));
  const head = ['Group', 'Total', 'Share', ...parts.map((part) => PARTS[part])];
  table.replaceChildren(
    make('thead', {}, make('tr', {}, ...head.map(heading))),
    make('tbody', {}, ...groups.slice(0, most).map((group) => groupRow(group, totals.total, amounts(group.parts), format))),
    make('tfoot', {}, make('tr', {}, rowName('Total'), cell(format(totals.total)), cell(''), ...amounts(totals))),
  );
}

/** Fills the table that says in numbers what the bars show. */
export function fillSteps(table, layers, bars, format) {
  const row = ({ note, values, total }) =>
    make('tr', {}, rowName(note), cell(format(total)), ...values.map((value) => cell(format(value))));
  table.replaceChildren(
    make('thead', {}, make('tr', {}, ...['Step', 'Total', ...layers.map(({ name }) => name)].map(heading))),
    make('tbody', {}, ...bars.map(row)),
  );
}

/** An element with attributes and children; text stays text, whatever it holds. */
export function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function groupRow({ name, band, total, reasons }, whole, amounts, format) {
  const why = band === 'unpriced' ? [make('small', {}, [...reasons].join('; '))] : [];
  return make(
    'tr',
    { class: `band-${band}` },
    rowName(name, ...why),
    cell(total === null ? 'unpriced' : format(total)),
    total === null || !whole ? cell('–') : shareCell(total, whole),
    ...amounts,
  );
}

function shareCell(part, whole) {
  const bar = make('meter', { min: 0, max: 1, value: part / whole, 'aria-hidden': 'true' });
  return make('td', { class: 'share' }, bar, make('span', {}, percent(part, whole)));
}

function rowName(...children) {
  return make('th', { scope: 'row' }, ...children);
}

function heading(name) {
  return make('th', { scope: 'col' }, name);
}

function cell(value, style = '') {
  return make('td', style === '' ? {} : { class: style }, value);
}
