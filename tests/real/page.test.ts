import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { startConsole } from '@tallyship/console/console';
import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { tinyCluster } from '../support/tiny-cluster.ts';
import { temporaryDir, writeStreams } from '../support/tiny-lake.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FROM_MS = Date.UTC(2026, 10, 19, 6);
// Data from 6:00 to 11:00; the last samples hold a few minutes longer, so that 11:00 has some cost too.
const RANGE = 'range=custom&from=2026-11-19T04:00&to=2026-11-19T12:00';
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('page in Chromium', () => {
  let browser: Browser;
  let url: string;
  const cleanups: (() => Promise<void>)[] = [];
  const faults: string[] = [];

  before(async () => {
    if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} does not exist: apt-get install chromium, or name another one by CHROMIUM`);
    const { dir, remove } = await temporaryDir();
    cleanups.push(remove);
    await writeStreams(dir, tinyCluster(FROM_MS, FROM_MS + 5 * 3_600_000, { secondType: 'x9.huge' }), { withSamples: false });
    await writeStreams(dir, tinyCluster(FROM_MS, FROM_MS + 2 * 3_600_000), { withSamples: false, file: { cluster: 'other' } });
    const running = await startConsole(
      readSettings(CONSOLE_SETTINGS, { CONSOLE_PORT: '0', LAKE_DIR: dir }),
      createLogger('console', { level: 'silent' }),
    );
    cleanups.push(running.close);
    url = running.url;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...QUIET] });
    cleanups.push(() => browser.close());
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  beforeEach(() => {
    faults.length = 0;
  });

  const open = async (search: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, ...options });
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => new URL(request.url()).origin === url || faults.push(`foreign request ${request.url()}`));
    await page.goto(`${url}/?${search}`);
    await settled(page);
    return page;
  };
  const settled = (page: Page) => page.waitForSelector('#answer[aria-busy="false"]');
  const column = (page: Page, cells: string) => page.locator(cells).allInnerTexts();
  const amount = (text: string) => Number(text.replace(/[$,]/g, ''));

  it('shows a table that adds up to its last row, idle and unpriced apart', async () => {
    const page = await open(RANGE);
    assert.match(await page.title(), /Tallyship/);
    const names = await column(page, '#groups tbody th');
    assert.deepEqual(names.slice(0, 3).sort(), ['batch', 'payments', 'shop']);
    assert.deepEqual(names.slice(3, 5), ['Idle', 'System']);
    assert.ok(names.slice(5).every((name) => name.includes('no price for instance type x9.huge')));
    const totals = await column(page, '#groups tbody td:nth-child(2)');
    assert.equal(totals.at(-1), 'unpriced');
    const sum = totals.filter((text) => text !== 'unpriced').reduce((sum, text) => sum + amount(text), 0);
    const [whole] = await column(page, '#groups tfoot td:nth-child(2)');
    assert.ok(Math.abs(amount(whole) - sum) < 0.001, `${whole} is not ${sum}`);
    assert.deepEqual(faults, []);
    await page.close();
  });

  it('draws a bar a step, and a hole where there is no data', async () => {
    const page = await open(RANGE);
    assert.equal(await page.locator('#chart .bar').count(), 8);
    assert.equal(await page.locator('#chart .hole').count(), 2);
    assert.ok((await page.locator('#chart rect.layer-idle').count()) >= 5);
    assert.match((await page.locator('#chart svg').getAttribute('aria-label')) ?? '', /^Bars of 8 steps, 19 Nov 04:00 to 19 Nov 11:00/);
    assert.deepEqual(await column(page, '#legend li'), ['shop', 'payments', 'batch', 'System', 'Idle']);
    await page.click('summary');
    assert.equal(await page.locator('#steps tbody tr').count(), 8);
    await page.close();
  });

  it('says what the numbers are, of which date, and how much data they stand on', async () => {
    const page = await open(RANGE);
    assert.match(await page.innerText('footer'), /list-price estimate; prices of \d{4}-\d{2}-\d{2}; data in 6 of 8 hours/);
    assert.match(await page.innerText('#unpriced'), /node-b: no price for instance type x9\.huge \([56] h/);
    await page.close();
  });

  it('keeps what is chosen in its address, for links and the back button', async () => {
    const page = await open(RANGE);
    await page.selectOption('#group', 'workload');
    await settled(page);
    await page.getByText('shop/Deployment/web', { exact: true }).first().waitFor();
    assert.match(page.url(), /[?&]group=workload(&|$)/);
    assert.match(page.url(), /from=2026-11-19T04%3A00/);
    await page.goBack();
    await page.getByText('By namespace').waitFor();
    assert.equal(await page.inputValue('#group'), 'namespace');
    await page.goto(`${url}/?${RANGE}&group=label&label-key=app`);
    await page.getByText('By label app').waitFor();
    assert.equal(await page.inputValue('#label-key'), 'app');
    assert.deepEqual(faults, []);
    await page.close();
  });

  it('narrows to one cluster', async () => {
    const page = await open(RANGE);
    const before = amount((await column(page, '#groups tfoot td:nth-child(2)'))[0]);
    await page.selectOption('#cluster', '000000000000/us-east-1/other');
    await page.locator('#unpriced').waitFor({ state: 'hidden' });
    assert.ok(amount((await column(page, '#groups tfoot td:nth-child(2)'))[0]) < before);
    await page.close();
  });

  it('says which range is wrong, marks its field and recovers', async () => {
    const page = await open('range=custom&from=2026-11-20T05:00&to=2026-11-19T05:00');
    assert.match(await page.innerText('[role=alert]'), /^from 2026-11-20T05:00:00Z is not before to 2026-11-19T05:00:00Z$/);
    assert.equal(await page.getAttribute('#from', 'aria-invalid'), 'true');
    assert.equal(await page.locator('#content').isVisible(), false);
    await page.fill('#from', '2026-11-19T01:00');
    await page.locator('#from').dispatchEvent('change');
    await page.locator('[role=alert]').waitFor({ state: 'hidden' });
    assert.equal(await page.getAttribute('#from', 'aria-invalid'), null);
    await page.close();
  });

  it('says that there is nothing, rather than showing zeros', async () => {
    const page = await open('range=custom&from=2026-01-01&to=2026-01-02');
    assert.match(await page.innerText('[role=status]'), /^No costs in this range/);
    assert.equal(await page.locator('#content').isVisible(), false);
    await page.close();
  });

  it('offers the same as CSV', async () => {
    const page = await open(RANGE);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
    assert.equal(download.suggestedFilename(), 'costs_namespace_2026-11-19-04_2026-11-19-12.csv');
    await page.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be read and does not overflow at 360 px, ${colorScheme}`, async () => {
      const page = await open(`${RANGE}&group=pod`, { viewport: { width: 360, height: 740 }, colorScheme });
      const { overflow, contrast } = await page.evaluate<{ overflow: number; contrast: Record<string, number> }>(READABILITY);
      assert.equal(overflow, 0);
      for (const [selector, ratio] of Object.entries(contrast)) assert.ok(ratio >= 4.5, `${selector} has contrast ${ratio}`);
      assert.deepEqual(faults, []);
      await page.close();
    });
  }

  it('can be used by keyboard and names every control', async () => {
    const page = await open(RANGE);
    for (const name of ['Group by', 'Range', 'Step', 'Cluster'])
      assert.ok(await page.getByRole('combobox', { name, exact: true }).isVisible(), name);
    for (const name of ['From', 'To']) assert.ok(await page.getByLabel(name, { exact: true }).isVisible(), name);
    await page.locator('#group').focus();
    await page.keyboard.press('ArrowDown');
    await page.getByText('By workload').waitFor();
    await page.close();
  });
});

/** Runs in the page: WCAG contrast of texts against the page's ground, and how far the page is wider than the screen. */
const READABILITY = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const linear = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = luminance(getComputedStyle(document.body).backgroundColor);
  const ratioOf = (selector) => {
    const ink = luminance(getComputedStyle(document.querySelector(selector)).color);
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  };
  const selectors = ['h1', '.basis', '#groups tbody th', '.band-idle td', '.band-unpriced td', 'thead th', 'footer', 'footer a', '#legend li'];
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    contrast: Object.fromEntries(selectors.map((selector) => [selector, ratioOf(selector)])),
  };
})()`;
