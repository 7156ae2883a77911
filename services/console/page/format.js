/** One number of decimals for a whole table, so that its columns line up; small totals get more of them. What is too small for them is not nothing. */
export function costFormat(total) {
  const digits = total >= 10 ? 2 : 4;
  const write = usd(digits);
  const least = 10 ** -digits;
  return (value) => {
    if (value === null || value === undefined) return '–';
    return value > 0 && value < least / 2 ? `<\u00a0${write(least)}` : write(value);
  };
}

/** Amounts along an axis whose marks lie `size` apart: as many decimals as that takes, the same for all. */
export function axisFormat(size) {
  const isWhole = (value) => Math.abs(value - Math.round(value)) < 1e-6;
  const digits = [0, 1, 2, 3, 4, 5, 6, 7].find((count) => isWhole(size * 10 ** count)) ?? 8;
  return usd(digits);
}

export function percent(part, whole) {
  return `${((100 * part) / whole).toFixed(1)}\u00a0%`;
}

/** How a step is named: `label` under its bar, `note` where there is room. UTC. */
export function stepLabel(ms, step) {
  const date = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(ms);
  if (step === 'month') return { label: date({ month: 'short', year: '2-digit' }), note: date({ month: 'long', year: 'numeric' }) };
  const day = date({ day: 'numeric', month: 'short' });
  if (step === 'day') return { label: day, note: date({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }) };
  const hour = date({ hour: '2-digit', minute: '2-digit' });
  return { label: hour, note: `${day} ${hour}` };
}

function usd(digits) {
  const options = { style: 'currency', currency: 'USD', minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = new Intl.NumberFormat('en-US', options);
  return (value) => format.format(value);
}
