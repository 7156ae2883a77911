import { axisFormat } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 220;
const MARGIN = { top: 12, right: 4, bottom: 24, left: 56 };

/**
 * Draws one stacked bar per step.
 * @param place element that the drawing replaces the content of; its width decides how many labels fit
 * @param bars `{ label, note, values }` from left to right, `values[i]` belonging to `layers[i]`; null is no data
 * @param formatCost how an amount is written
 */
export function drawBars(place, layers, bars, formatCost) {
  const width = Math.max(place.clientWidth, 280);
  const plot = { x: MARGIN.left, y: MARGIN.top, width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const highest = Math.max(...bars.map(({ values }) => values.reduce((sum, value) => sum + (value ?? 0), 0)));
  const ticks = niceTicks(highest);
  const formatTick = axisFormat(ticks[1] ?? 0);
  const top = ticks[ticks.length - 1] || 1;
  const y = (value) => plot.y + plot.height * (1 - value / top);
  const svg = element('svg', {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    width,
    height: HEIGHT,
    role: 'img',
    'aria-label': chartSummary(bars, formatCost),
  });
  svg.append(idlePattern());
  for (const tick of ticks) {
    svg.append(element('line', { class: 'grid', x1: plot.x, x2: plot.x + plot.width, y1: y(tick), y2: y(tick) }));
    svg.append(text(formatTick(tick), { class: 'tick', x: plot.x - 8, y: y(tick) + 4, 'text-anchor': 'end' }));
  }
  const band = plot.width / bars.length;
  const barWidth = Math.max(1, Math.min(48, band - Math.min(6, band * 0.2)));
  const labelEvery = Math.ceil((bars.length * 52) / plot.width);
  bars.forEach((bar, i) => {
    const x = plot.x + band * i + (band - barWidth) / 2;
    svg.append(stack(bar, layers, { x, width: barWidth, y, plot, formatCost }));
    if (i % labelEvery === 0) svg.append(text(bar.label, { class: 'tick', x: x + barWidth / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }));
  });
  place.replaceChildren(svg);
}

function stack(bar, layers, { x, width, y, plot, formatCost }) {
  const group = element('g', { class: 'bar' });
  let base = 0;
  bar.values.forEach((value, i) => {
    if (!value) return;
    const rect = element('rect', { class: layers[i].style, x, width, y: y(base + value), height: Math.max(0, y(base) - y(base + value)) });
    rect.append(text(`${bar.note}\n${layers[i].name} ${formatCost(value)}`, {}, 'title'));
    group.append(rect);
    base += value;
  });
  if (bar.values.every((value) => value === null)) {
    const hole = element('rect', { class: 'hole', x, width, y: plot.y, height: plot.height });
    hole.append(text(`${bar.note}\nno data`, {}, 'title'));
    group.append(hole);
  }
  return group;
}

/** Three to five round numbers from 0 to at least the highest value. */
function niceTicks(highest) {
  if (!(highest > 0)) return [0];
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  return Array.from({ length: Math.ceil(highest / size - 1e-9) + 1 }, (_, i) => i * size);
}

function chartSummary(bars, formatCost) {
  const totals = bars.map(({ values }) => values.reduce((sum, value) => sum + (value ?? 0), 0));
  const most = totals.indexOf(Math.max(...totals));
  return `Bars of ${bars.length} steps, ${bars[0].note} to ${bars[bars.length - 1].note}. Highest: ${bars[most].note}, ${formatCost(totals[most])}.`;
}

/** Idle is hatched, so that it differs from the rest without colour too. */
function idlePattern() {
  const pattern = element('pattern', {
    id: 'idle-hatch',
    width: 6,
    height: 6,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  });
  pattern.append(
    element('rect', { class: 'hatch-ground', width: 6, height: 6 }),
    element('rect', { class: 'hatch-line', width: 2, height: 6 }),
  );
  const defs = element('defs', {});
  defs.append(pattern);
  return defs;
}

function element(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function text(content, attributes, name = 'text') {
  const node = element(name, attributes);
  node.textContent = content;
  return node;
}
