import { notifications } from '@mantine/notifications';
import { ApiError } from '../client/http.ts';

/** What has happened in the background of a page, said once in a corner. */

const CLOSE = { closeButtonProps: { 'aria-label': 'Close this message' } };

export function tell(message: string): void {
  notifications.show({ message, ...CLOSE });
}

/** The server's own words for what went wrong, and what to do. */
export function tellProblem(error: unknown): void {
  const isKnown = error instanceof ApiError;
  notifications.show({
    color: 'red',
    title: isKnown ? error.problem.title : 'It did not work.',
    message: isKnown ? error.problem.detail : 'Try again.',
    autoClose: false, // long enough to be read, whoever reads it
    ...CLOSE,
  });
}
