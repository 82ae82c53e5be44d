import { z } from 'zod';
import type { Agents } from '../../elevenlabs/agents.ts';
import type { Personas } from '../../persona/personas.ts';
import { type Route, route } from '../routes.ts';
import { personaSlug } from './relationship-scope.ts';

/** Which persona's memory an agent at ElevenLabs uses. */
export function elevenLabsAgentRoutes({ agents, personas }: { agents: Agents; personas: Personas }): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/elevenlabs-agents',
      role: 'admin',
      summary: 'The agents at ElevenLabs that were heard of, and whose memory each uses.',
      answer: { status: 200, description: 'One entry for each agent.' },
      handle: async ({ actor }) => ({ agents: await agents.list(actor) }),
    }),
    route({
      method: 'put',
      path: '/api/elevenlabs-agents/:id',
      role: 'admin',
      summary:
        'Has an agent use the memory of a persona from now on. What it has remembered before stays where it is.',
      params: z.object({ id: z.string().min(1).max(200) }),
      body: z.strictObject({ persona: personaSlug }),
      answer: { status: 200, description: 'The agent and its persona.' },
      handle: async ({ actor, params, body }) => {
        const { slug } = await personas.current(body.persona);
        await agents.assign(actor, params.id, slug);
        return { agentId: params.id, persona: slug };
      },
    }),
  ];
}
