import pino, { type Logger } from 'pino';

export type { Logger };

/** Anything that looks like a phone number: a plus sign and at least seven digits (E.164). */
const PHONE_NUMBER = /\+\d{7,15}/g;

/** Values of these keys never reach a log line, wherever they are nested one or two levels deep. */
const SECRET_KEYS = ['token', 'authToken', 'apiKey', 'password', 'authorization', 'transcript', 'text'];

/** Keeps the country's first digit and the last two, so that a support case can still be matched. */
export function maskPhoneNumber(number: string): string {
  return `${number.slice(0, 2)}…${number.slice(-2)}`;
}

/**
 * The one logger: JSON lines on stderr, so that stdout stays free for what a command prints.
 * Phone numbers are masked in the finished line, whichever field or message they sit in.
 */
export function createLogger(level: string = process.env.LOG_LEVEL ?? 'info'): Logger {
  return pino(
    {
      level,
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[redacted]',
      },
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: (line) => line.replace(PHONE_NUMBER, maskPhoneNumber) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
