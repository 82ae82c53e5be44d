import type { Database } from '../../../db/connection.ts';
import { type Instance, listInstances } from '../../instances/instance.ts';
import { type Route, route } from '../routes.ts';
import { instancesShape } from '../shapes/house.ts';

/** Which processes serve this database, and how they are. */
export function instanceRoutes(db: Database, instance: Instance): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/instances',
      role: 'admin',
      summary: 'The instances that serve, how late their event loops are, and which vendors they cannot use.',
      answer: {
        status: 200,
        description: '"self" is the one that answers; one of all leads.',
        schema: instancesShape,
      },
      handle: async ({ actor }) => ({
        self: instance.id,
        leads: instance.leads,
        instances: await listInstances(db, actor),
      }),
    }),
  ];
}
