/** Host and path of a URL: what may be logged and kept. The query of a presigned URL is a credential. */
export function placeOf(url: URL): string {
  return `${url.host}${url.pathname}`;
}

/** @returns a URL that a file can be put to, undefined for anything else */
export function parseUploadUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}

/** How long a presigned URL holds from when it was made, by its own query; undefined when it does not say. */
export function lifeMs(url: URL): number | undefined {
  const seconds = queryOf(url, 'x-amz-expires');
  return seconds !== undefined && /^[0-9]{1,7}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

/** True when the URL is signed for a header, so that the request must carry it. */
export function signsHeader(url: URL, header: string): boolean {
  return (queryOf(url, 'x-amz-signedheaders') ?? '').toLowerCase().split(';').includes(header);
}

function queryOf(url: URL, name: string): string | undefined {
  for (const [key, value] of url.searchParams) if (key.toLowerCase() === name) return value;
  return undefined;
}
