import { HttpError } from '@tallyship/shared/runtime/http-error';

export const badRequest = (message: string) => new HttpError(400, message);

/** What a sender chose, as it may stand in an answer or a log. */
export const quote = (text: string) => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
