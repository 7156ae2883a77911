import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

export type Logger = PinoLogger;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const SECRET_FIELDS = ['authorization', 'Authorization', 'cookie', 'token', 'password', 'apiKey'];

/**
 * A logger that writes one JSON object a line to stderr (stdout belongs to what a program answers).
 * Fields that can carry a credential are written as `[redacted]`, at the top and up to three levels down.
 * @param service name under which the lines are found, such as `collector`
 */
export function createLogger(service: string, options: { level?: LogLevel; to?: DestinationStream } = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => ['', '*.', '*.*.', '*.*.*.'].map((depth) => `${depth}${field}`)),
        censor: '[redacted]',
      },
    },
    // Synchronous: the last line before a crash is the one that is needed.
    options.to ?? destination({ fd: 2, sync: true }),
  );
}
