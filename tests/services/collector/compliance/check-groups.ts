import assert from 'node:assert/strict';
import { readClusters } from '../../../support/lake-clusters.ts';
import { type LakeExemplar, type LakeHistogram, readLakeExemplars, readLakeHistograms } from '../../../support/lake-packed.ts';
import { encodeMessage, readMessage } from '../../../support/remote-write-messages.ts';
import { type ModelOutcome, takeSeries } from '../../../support/remote-write-model.ts';
import { block } from '../../../support/remote-write-wire.ts';
import type { SeriesSamples } from '../../../support/series-samples.ts';
import { type Door, NOW, openDoor, V1, V2 } from '../hostile-door.ts';
import type { Case, Group } from './case.ts';

const LIMITS = {
  maxSampleAgeMs: 7 * 86_400_000,
  maxSampleFutureMs: 600_000,
  maxLabels: 128,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 16_384,
  maxHistogramBuckets: 10_000,
};

/** Declares a suite a group. Each case has a cluster of its own, so that what it left in the lake can be told from the others'. */
export function checkGroups(what: string, groups: readonly Group[]): void {
  describe(`compliance of a remote write receiver: ${what}`, () => {
    let door: Door;
    before(async () => {
      door = await openDoor();
    });
    after(() => door.close());

    for (const [at, group] of groups.entries()) {
      describe(group.name, () => {
        for (const [place, one] of group.cases.entries()) {
          it(`${one.status} ${one.name}`, async () => {
            const answer = await door.write(bodyOf(one), headersOf(one), `?cluster_name=${clusterOf(at, place)}`);
            assert.deepEqual([answer.status, answer.written], [one.status, one.written], answer.text);
            assert.equal(answer.text === '', one.status === 204, 'a refusal says why');
          });
        }
      });
    }

    describe('the lake, after that', () => {
      it('holds what was answered as written, bit by bit, and nothing else', async () => {
        await door.sealAll();
        const [samples, histograms, exemplars] = [
          await readClusters(door.lakeDir),
          await readLakeHistograms(door.lakeDir),
          await readLakeExemplars(door.lakeDir),
        ];
        for (const [at, group] of groups.entries()) {
          for (const [place, one] of group.cases.entries()) {
            const cluster = clusterOf(at, place);
            const found = {
              samples: sampleTexts(samples.get(cluster) ?? new Map()),
              histograms: histograms
                .filter((row) => row.cluster === cluster)
                .map(histogramText)
                .sort(),
              exemplars: exemplars
                .filter((row) => row.cluster === cluster)
                .map(exemplarText)
                .sort(),
            };
            const kinds = Object.values(found);
            assert.equal(kinds.map((rows) => rows.length).join(), one.written, `${group.name}: ${one.name}`);
            assert.deepEqual(found, expectedTexts(one), `${group.name}: ${one.name}`);
          }
        }
      });
    });
  });
}

const clusterOf = (group: number, place: number) => `c-${group}-${place}`;

function bodyOf({ series, version = 2, damage = (body) => body }: Case): Buffer {
  return damage(block(encodeMessage(version, series)));
}

function headersOf({ version = 2, headers = {} }: Case): Record<string, string> {
  return version === 1 ? { ...V1, ...headers } : { ...V2, 'x-prometheus-remote-write-version': '2.0.0', ...headers };
}

/** What the rules of content, written down a second time, make of a request as protobufjs reads it. */
function expectedTexts({ series, version = 2, damage, status }: Case): { samples: string[]; histograms: string[]; exemplars: string[] } {
  if (damage || status === 415) return { samples: [], histograms: [], exemplars: [] };
  const outcome: ModelOutcome = takeSeries(readMessage(version, encodeMessage(version, series)).series, LIMITS, NOW);
  return {
    samples: outcome.rows.map(({ labels, timeMs, bits }) => `${labels} ${timeMs} ${bits}`).sort(),
    histograms: outcome.histograms.map((one) => histogramText({ cluster: '', ...one, timeMs: Number(one.timeMs) })).sort(),
    exemplars: outcome.exemplars
      .map((one) =>
        exemplarText({ cluster: '', ...one, timeMs: Number(one.timeMs), exemplar: Object.fromEntries(JSON.parse(one.exemplar)) }),
      )
      .sort(),
  };
}

function sampleTexts(samples: SeriesSamples): string[] {
  return [...samples].flatMap(([labels, values]) => [...values].map(([timeMs, bits]) => `${labels} ${timeMs} ${bits}`)).sort();
}

function histogramText({ labels, timeMs, row }: LakeHistogram): string {
  return `${labels} ${timeMs} ${JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`;
}

function exemplarText({ labels, timeMs, bits, exemplar }: LakeExemplar): string {
  return `${labels} ${timeMs} ${bits} ${JSON.stringify(exemplar)}`;
}
