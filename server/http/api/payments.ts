import type { Database } from '../../../db/connection.ts';
import type { Route } from '../routes.ts';
import { type ApprovalRoutesParts, approvalRoutes } from './approvals.ts';
import { type MandateRoutesParts, mandateRoutes } from './mandates.ts';
import { payerRoutes } from './payers.ts';

/** All about calls that somebody else pays for. */
export function paymentRoutes(parts: ApprovalRoutesParts & MandateRoutesParts & { db: Database }): Route[] {
  return [...approvalRoutes(parts), ...mandateRoutes(parts), ...payerRoutes(parts.db)];
}
