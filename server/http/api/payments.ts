import type { Database } from '../../../db/connection.ts';
import type { Route } from '../routes.ts';
import { type ApprovalRoutesParts, approvalRoutes } from './approvals.ts';
import { type MandateRoutesParts, mandateRoutes } from './mandates.ts';
import { type PayerAccountRoutesParts, payerAccountRoutes } from './payer-account.ts';
import { payerRoutes } from './payers.ts';

export interface PaymentRoutesParts extends ApprovalRoutesParts, MandateRoutesParts, PayerAccountRoutesParts {
  db: Database;
}

/** All about calls that somebody else pays for. */
export function paymentRoutes(parts: PaymentRoutesParts): Route[] {
  return [
    ...approvalRoutes(parts),
    ...mandateRoutes(parts),
    ...payerRoutes(parts.db),
    ...payerAccountRoutes(parts),
  ];
}
