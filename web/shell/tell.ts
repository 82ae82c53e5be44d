import { notifications } from '@mantine/notifications';
import { problemWords } from './problem-words.ts';

/** What has happened in the background of a page, said once in a corner. */

const CLOSE = { closeButtonProps: { 'aria-label': 'Close this message' } };

export function tell(message: string): void {
  notifications.show({ message, ...CLOSE });
}

/** The server's own words for what went wrong, and what to do. */
export function tellProblem(error: unknown): void {
  const { title, detail } = problemWords(error, { title: 'It did not work.', detail: 'Try again.' });
  notifications.show({
    color: 'red',
    title,
    message: detail,
    autoClose: false, // long enough to be read, whoever reads it
    ...CLOSE,
  });
}
