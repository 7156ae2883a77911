/** What can go wrong on the way, as telemetry and health name it. */
export const FAULTS = [
  'unauthorized',
  'key_file',
  'throttled',
  'unavailable',
  'transport',
  'timeout',
  'bad_answer',
  'no_urls',
  'refused',
  'expired_url',
  'corrupted',
  'vanished',
  'disk',
  'ledger',
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** CloudZero's names of the same faults (`error_status_code`). */
const CLOUDZERO_NAMES: Record<FaultKind, string> = {
  unauthorized: 'err-unauthorized',
  key_file: 'err-unauthorized',
  throttled: 'err-http-request-failed',
  unavailable: 'err-http-request-failed',
  transport: 'err-http-request-failed',
  timeout: 'err-http-request-failed',
  bad_answer: 'err-invalid-body',
  no_urls: 'err-no-urls',
  refused: 'err-http-unknown',
  expired_url: 'err-expired-url',
  corrupted: 'err-http-unknown',
  vanished: 'err-file-read',
  disk: 'err-file-read',
  ledger: 'err-file-create',
};

/** A fault with a stable kind. Its message never carries a key, a query of a URL or the text of a storage's answer. */
export class ShipFault extends Error {
  override name = 'ShipFault';
  readonly kind: FaultKind;
  /** How long the other side asked to be left alone. */
  readonly retryAfterMs: number;
  /** Status of the answer that said so; 0 when there was none. */
  readonly status: number;

  constructor(kind: FaultKind, message: string, options: { retryAfterMs?: number; status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.status = options.status ?? 0;
  }

  get cloudZeroName(): string {
    return CLOUDZERO_NAMES[this.kind];
  }
}

/** A key may be good for one cluster and not for another; what keeps the API from answering keeps it from all. */
export function isOfOneCluster({ kind }: ShipFault): boolean {
  return ['unauthorized', 'refused', 'bad_answer'].includes(kind);
}

/** A refused key, a refused file or a disk do not mend themselves in seconds. */
export function isPassing(kind: FaultKind): boolean {
  return !['unauthorized', 'key_file', 'refused', 'disk', 'ledger'].includes(kind);
}

/** Anything thrown, as a fault; what is not one already comes from the disk. */
export function faultOf(error: unknown): ShipFault {
  if (error instanceof ShipFault) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new ShipFault(code === 'ENOENT' ? 'vanished' : 'disk', message, { cause: error });
}
