import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import type { UploadFile } from '@tallyship/shared/contracts/upload-wire';
import { type CycleParts, note } from './cycle-parts.ts';
import type { CycleReport } from './cycle-report.ts';
import { eachOf } from './each-of.ts';
import { faultOf, isOfOneCluster, ShipFault } from './ship-fault.ts';
import type { UploadOffer } from './upload-client.ts';
import { type GivenUrl, uploadFile } from './upload-file.ts';
import type { PreparedFile } from './waiting-files.ts';

/** What a group's fate says about the groups that follow. */
export type Verdict = 'go on' | 'leave cluster' | 'stop';
type Serve = (identity: ClusterIdentity, orders: (GivenUrl & { referenceId: string })[]) => Promise<void>;

/** URLs that ran out are asked for again at once, so often; then the files rest like any that failed. */
const MAX_ASKS = 3;
/** So many uploads in a row that the storage could not take: it is the storage, not the files. */
const MAX_STORAGE_FAILURES = 8;

/** Ships files of one cluster, at most as many as one call takes. */
export async function shipGroup(
  parts: CycleParts,
  files: PreparedFile[],
  report: CycleReport,
  signal: AbortSignal,
  serve: Serve,
): Promise<Verdict> {
  let pending = files;
  for (let asks = 1; pending.length > 0 && asks <= MAX_ASKS; asks += 1) {
    const { identity } = (pending[0] as PreparedFile).file;
    let offer: UploadOffer;
    try {
      offer = await ask(parts, identity, pending, signal);
    } catch (error) {
      return afterRefusal(parts, pending, faultOf(error), report, signal, serve);
    }
    const givenAtMs = parts.clock.now();
    for (const oddity of offer.oddities) note(parts, report, new ShipFault('bad_answer', oddity));
    const given = pending.filter(({ file }) => offer.urls.has(file.referenceId));
    if (given.length < pending.length)
      note(
        parts,
        report,
        new ShipFault('no_urls', `${pending.length - given.length} of ${pending.length} files got no upload URL; they wait`),
      );
    const put = await putAll(parts, given, (id) => ({ url: offer.urls.get(id) as URL, givenAtMs }), report, signal);
    await serve(
      identity,
      offer.replays.map(({ ref_id, url }) => ({ referenceId: ref_id, url, givenAtMs })),
    );
    if (put.isStorageDown) return 'stop';
    if (given.length === 0) return 'leave cluster';
    pending = put.expired;
  }
  for (const { file } of pending) restFile(parts, file.key, new ShipFault('expired_url', `${file.key}: every upload URL ran out`), report);
  return 'go on';
}

async function ask(
  parts: CycleParts,
  identity: ClusterIdentity,
  files: readonly PreparedFile[],
  signal: AbortSignal,
): Promise<UploadOffer> {
  const { client, target, telemetry, clock, polls } = parts;
  const declared = files.map(
    ({ file, payload }): UploadFile => ({
      reference_id: file.referenceId,
      ...(target.declaresDigests && { sha_256: payload.sha256.toString('hex'), size: payload.bytes }),
    }),
  );
  const startedMs = clock.now();
  polls.asked(identity, startedMs);
  telemetry.cloudZero.requestFiles(files.length);
  telemetry.cloudZero.set('shipper_new_files_processing_current', files.length);
  try {
    const offer = await client.askForUrls(identity, declared, signal);
    telemetry.cloudZero.ran('shipper_AllocatePresignedURLs', '', (clock.now() - startedMs) / 1000);
    return offer;
  } catch (error) {
    telemetry.cloudZero.count('shipper_presigned_url_error_total');
    telemetry.cloudZero.ran('shipper_AllocatePresignedURLs', faultOf(error).cloudZeroName, (clock.now() - startedMs) / 1000);
    throw error;
  } finally {
    telemetry.cloudZero.set('shipper_new_files_processing_current', 0);
  }
}

/** A call that is refused for what is in it is halved until the file that causes it stands alone: the others must not wait for it. */
async function afterRefusal(
  parts: CycleParts,
  files: PreparedFile[],
  fault: ShipFault,
  report: CycleReport,
  signal: AbortSignal,
  serve: Serve,
): Promise<Verdict> {
  const isAboutFiles = [400, 413, 422].includes(fault.status);
  if (isAboutFiles && files.length > 1) {
    const middle = Math.ceil(files.length / 2);
    const first = await shipGroup(parts, files.slice(0, middle), report, signal, serve);
    return first === 'stop' ? first : shipGroup(parts, files.slice(middle), report, signal, serve);
  }
  if (isAboutFiles) restFile(parts, (files[0] as PreparedFile).file.key, fault, report);
  else note(parts, report, fault);
  if (isAboutFiles) return 'go on';
  return isOfOneCluster(fault) ? 'leave cluster' : 'stop';
}

async function putAll(
  parts: CycleParts,
  files: readonly PreparedFile[],
  urlOf: (referenceId: string) => GivenUrl,
  report: CycleReport,
  signal: AbortSignal,
): Promise<{ expired: PreparedFile[]; isStorageDown: boolean }> {
  const { target, volume, waiting, clock, telemetry, concurrency } = parts;
  const expired: PreparedFile[] = [];
  let failuresInARow = 0;
  let failed = 0;
  await eachOf(files, concurrency, async (prepared) => {
    if (signal.aborted || failuresInARow >= MAX_STORAGE_FAILURES) return;
    const { file } = prepared;
    const startedMs = clock.now();
    try {
      await uploadFile(parts, prepared, urlOf(file.referenceId), signal);
      failuresInARow = 0;
      report.shipped += 1;
      await volume.settle(target.name, file.key, clock.now());
      waiting.forget(file.key);
      telemetry.cloudZero.ran('shipper_UploadFile', '', (clock.now() - startedMs) / 1000);
    } catch (error) {
      const fault = faultOf(error);
      failed += 1;
      telemetry.cloudZero.ran('shipper_UploadFile', fault.cloudZeroName, (clock.now() - startedMs) / 1000);
      if (['transport', 'timeout', 'throttled', 'unavailable'].includes(fault.kind)) failuresInARow += 1;
      if (fault.kind === 'expired_url') {
        telemetry.failed(target.name, fault);
        expired.push(prepared);
      } else if (fault.kind === 'vanished') {
        note(parts, report, fault);
        waiting.forget(file.key);
      } else restFile(parts, file.key, fault, report);
    }
    parts.beat();
  });
  if (failed === 0 && files.length > 0) telemetry.cloudZero.count('shipper_handle_request_success_total');
  return { expired, isStorageDown: failuresInARow >= MAX_STORAGE_FAILURES };
}

function restFile(parts: CycleParts, key: string, fault: ShipFault, report: CycleReport): void {
  note(parts, report, fault);
  parts.waiting.failed(key, fault, parts.clock.now());
  parts.telemetry.cloudZero.count(fault.kind === 'ledger' ? 'shipper_mark_file_uploaded_error_total' : 'shipper_file_upload_error_total');
}
