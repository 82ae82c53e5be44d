import type { LanguageModel } from '../call/ports.ts';
import type { Logger } from '../log.ts';

/**
 * Asks the first model, and the second when the first fails before it has said anything.
 * Once words have been spoken, a second model would start the answer anew, so the failure is passed on.
 */
export function withFallback(first: LanguageModel, second: LanguageModel, log: Logger): LanguageModel {
  return {
    reply(request, handlers, usage) {
      let useful = false;
      let cancelCurrent = first.reply(
        request,
        {
          ...handlers,
          onText(text) {
            useful = true;
            handlers.onText(text);
          },
          onTool(tool) {
            useful = true;
            handlers.onTool(tool);
          },
          onFailed(problem) {
            if (useful) {
              handlers.onFailed(problem);
              return;
            }
            log.warn(
              { callId: request.callId, problem },
              'the first language model failed; asking the second',
            );
            cancelCurrent = second.reply(request, handlers, (used) =>
              usage({ ...used, reason: used.reason ?? `fallback: ${problem}` }),
            );
          },
        },
        usage,
      );
      return () => cancelCurrent();
    },
  };
}
