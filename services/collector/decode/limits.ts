/** What a sender may put into one request. The values in force are kept with every log segment, so that a replay accepts what was accepted. */
export type IngestLimits = {
  maxSampleAgeMs: number;
  maxSampleFutureMs: number;
  maxLabels: number;
  maxLabelNameBytes: number;
  maxLabelValueBytes: number;
  maxRequestSamples: number;
  maxRequestSeries: number;
  /** Absent in the log of a release that kept no histograms. */
  maxHistogramBuckets: number;
};

/** A well-formed request that asks for more than a limit allows: 413, nothing of it is kept. */
export class RequestTooLarge extends Error {
  override name = 'RequestTooLarge';
}
