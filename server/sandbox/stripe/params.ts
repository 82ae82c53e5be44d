import { z } from 'zod';
import { StripeError } from './errors.ts';
import type { FormValue } from './form.ts';

/** The parameters that each request may have. What is not listed does not exist and is refused, as Stripe refuses it. */

const integer = z
  .string()
  .regex(/^-?\d+$/, 'integer')
  .transform(Number);
const amount = integer.refine((value) => value >= 0, 'amount');
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const metadata = z.record(z.string().max(40), z.string().max(500));
const currency = z.string().regex(/^[a-z]{3}$/, 'currency');
const created = z.strictObject({ gte: integer.optional(), lte: integer.optional() });
const page = {
  limit: integer.optional(),
  starting_after: z.string().optional(),
  ending_before: z.string().optional(),
  expand: z.array(z.string()).optional(),
};
const expand = { expand: z.array(z.string()).optional() };
const setupFutureUsage = z.enum(['off_session', 'on_session']);

export const PARAMS = {
  'POST /v1/customers': z.strictObject({
    name: z.string().optional(),
    email: z.string().optional(),
    phone: z.string().max(20).optional(),
    description: z.string().optional(),
    metadata: metadata.optional(),
    ...expand,
  }),
  'POST /v1/checkout/sessions': z.strictObject({
    mode: z.enum(['payment', 'setup', 'subscription']),
    customer: z.string().optional(),
    client_reference_id: z.string().max(200).optional(),
    currency: currency.optional(),
    success_url: z.string(),
    cancel_url: z.string().optional(),
    expires_at: integer.optional(),
    metadata: metadata.optional(),
    line_items: z
      .array(
        z.strictObject({
          quantity: integer,
          price_data: z.strictObject({
            currency,
            unit_amount: amount,
            product_data: z.strictObject({ name: z.string().min(1), description: z.string().optional() }),
          }),
        }),
      )
      .optional(),
    payment_intent_data: z
      .strictObject({
        capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
        setup_future_usage: setupFutureUsage.optional(),
        description: z.string().optional(),
        metadata: metadata.optional(),
      })
      .optional(),
    setup_intent_data: z
      .strictObject({ metadata: metadata.optional(), description: z.string().optional() })
      .optional(),
    ...expand,
  }),
  'POST /v1/checkout/sessions/:id/expire': z.strictObject({ ...expand }),
  'POST /v1/payment_intents': z.strictObject({
    amount,
    currency,
    customer: z.string().optional(),
    payment_method: z.string().optional(),
    capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
    confirm: flag.optional(),
    off_session: flag.optional(),
    error_on_requires_action: flag.optional(),
    setup_future_usage: setupFutureUsage.optional(),
    automatic_payment_methods: z
      .strictObject({ enabled: flag, allow_redirects: z.enum(['always', 'never']).optional() })
      .optional(),
    allowed_payment_method_types: z.array(z.literal('card')).optional(),
    description: z.string().optional(),
    metadata: metadata.optional(),
    ...expand,
  }),
  'POST /v1/payment_intents/:id/confirm': z.strictObject({
    payment_method: z.string().optional(),
    off_session: flag.optional(),
    return_url: z.url().optional(),
    ...expand,
  }),
  'POST /v1/payment_intents/:id/capture': z.strictObject({
    amount_to_capture: amount.optional(),
    final_capture: flag.optional(),
    metadata: metadata.optional(),
    ...expand,
  }),
  'POST /v1/payment_intents/:id/cancel': z.strictObject({
    cancellation_reason: z.enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer']).optional(),
    ...expand,
  }),
  'POST /v1/refunds': z.strictObject({
    payment_intent: z.string().optional(),
    charge: z.string().optional(),
    amount: amount.optional(),
    reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
    metadata: metadata.optional(),
    ...expand,
  }),
  'POST /v1/webhook_endpoints': z.strictObject({
    url: z.url(),
    enabled_events: z.array(z.string()),
    api_version: z.string().optional(),
    description: z.string().optional(),
    metadata: metadata.optional(),
    ...expand,
  }),
  'GET /v1/payment_intents': z.strictObject({
    customer: z.string().optional(),
    created: created.optional(),
    ...page,
  }),
  'GET /v1/refunds': z.strictObject({
    payment_intent: z.string().optional(),
    created: created.optional(),
    ...page,
  }),
  'GET /v1/events': z.strictObject({
    type: z.string().optional(),
    types: z.array(z.string()).optional(),
    delivery_success: flag.optional(),
    created: created.optional(),
    ...page,
  }),
  'POST /v1/payment_methods/:id/detach': z.strictObject({ ...expand }),
  'GET /v1/customers/:id': z.strictObject({ ...expand }),
  'GET /v1/checkout/sessions/:id': z.strictObject({ ...expand }),
  'GET /v1/payment_intents/:id': z.strictObject({ client_secret: z.string().optional(), ...expand }),
  'GET /v1/setup_intents/:id': z.strictObject({ client_secret: z.string().optional(), ...expand }),
  'GET /v1/disputes': z.strictObject({
    payment_intent: z.string().optional(),
    created: created.optional(),
    ...page,
  }),
  'GET /v1/disputes/:id': z.strictObject({ ...expand }),
  'GET /v1/charges/:id': z.strictObject({ ...expand }),
} as const;

export type Route = keyof typeof PARAMS;
export type ParamsOf<R extends Route> = z.output<(typeof PARAMS)[R]>;

/** Which of the known requests it is. */
export function routeOf(method: string, pathname: string): { route: Route; id: string } {
  const id = /^\/v1\/(?:checkout\/)?[a-z_]+\/([a-z]+_[A-Za-z0-9_]+)/.exec(pathname)?.[1] ?? '';
  const route = `${method} ${id === '' ? pathname : pathname.replace(id, ':id')}`;
  if (!(route in PARAMS))
    throw new StripeError(404, 'invalid_request_error', `Unrecognized request URL (${method}: ${pathname}).`);
  return { route: route as Route, id };
}

/** Checks a request's parameters. @throws StripeError as Stripe answers: unknown, missing and mistyped ones each with their code. */
export function checkParams<R extends Route>(route: R, form: Record<string, FormValue>): ParamsOf<R> {
  const result = PARAMS[route].safeParse(form);
  if (result.success) return result.data as ParamsOf<R>;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map(String);
  const name = (parts: readonly string[]) => parts.map((part, i) => (i === 0 ? part : `[${part}]`)).join('');
  if (issue?.code === 'unrecognized_keys') {
    const param = name([...path, issue.keys[0] ?? '']);
    throw new StripeError(400, 'invalid_request_error', `Received unknown parameter: ${param}`, {
      code: 'parameter_unknown',
      param,
    });
  }
  const param = name(path);
  const isMissing = issue?.code === 'invalid_type' && valueAt(form, path) === undefined;
  if (isMissing)
    throw new StripeError(400, 'invalid_request_error', `Missing required param: ${param}.`, {
      code: 'parameter_missing',
      param,
    });
  const isInteger = issue?.message === 'integer' || issue?.message === 'amount';
  throw new StripeError(
    400,
    'invalid_request_error',
    isInteger ? `Invalid integer: ${String(valueAt(form, path))}` : `Invalid ${param}`,
    {
      ...(isInteger ? { code: 'parameter_invalid_integer' } : {}),
      param,
    },
  );
}

function valueAt(form: FormValue | undefined, path: readonly string[]): FormValue | undefined {
  return path.reduce<FormValue | undefined>(
    (value, part) =>
      value === undefined || typeof value === 'string'
        ? undefined
        : (value as Record<string, FormValue>)[part],
    form,
  );
}
