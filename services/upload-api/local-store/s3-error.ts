/** A refusal in S3's terms. */
export class S3Error extends Error {
  override name = 'S3Error';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const accessDenied = (message: string) => new S3Error(403, 'AccessDenied', message);
export const badRequest = (code: string, message: string) => new S3Error(400, code, message);

export function xmlText(text: string): string {
  return text.replaceAll(/[&<>"'\p{Cc}]/gu, (character) => `&#${character.codePointAt(0)};`);
}
