import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Opens a connection by asking for something that costs nothing. A model that cannot be reached is found out in the call. */
export function warmConnection(listModels: () => PromiseLike<unknown>, vendor: string, log: Logger): void {
  listModels().then(
    () => undefined,
    (error: unknown) =>
      log.warn(
        { vendor, problem: describeError(error) },
        'the connection to the language model could not be warmed',
      ),
  );
}
