import { z } from 'zod';
import type { Actor } from '../../../db/connection.ts';
import { memoryConfig } from '../../memory/memory-config.ts';
import { personaSettings } from '../../persona/persona-settings.ts';
import type { Personas } from '../../persona/personas.ts';
import type { PersonaRelationshipManager } from '../../persona/relationships.ts';
import { present, type Route, route } from '../routes.ts';
import { personaShape, personasShape, promptShape, relationshipShape } from '../shapes/personas.ts';
import { subjectOf } from './budgets.ts';
import { ofPersona, ofUser } from './relationship-scope.ts';

export interface PersonaRoutesParts {
  personas: Personas;
  /** The manager that sees what an actor may see. */
  relationshipsAs(actor: Actor): PersonaRelationshipManager;
}

/** Who can call, and what each is to a user. */
export function personaRoutes({ personas, relationshipsAs }: PersonaRoutesParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/personas',
      role: 'user',
      summary: 'The personas.',
      answer: { status: 200, description: 'Each as new calls have it.', schema: personasShape },
      handle: async ({ actor }) => ({ personas: await personas.list(actor) }),
    }),
    route({
      method: 'patch',
      path: '/api/personas/:id',
      role: 'admin',
      summary: 'Changes a persona for the calls to come; what it was stays as a version.',
      params: ofPersona,
      body: z.strictObject({
        settings: personaSettings.partial().optional(),
        description: z.string().min(1).max(20_000).optional(),
      }),
      answer: { status: 200, description: 'The persona as it is now.', schema: personaShape },
      handle: ({ actor, params, body: { settings, description } }) =>
        personas.edit(actor, params.id, {
          ...(settings === undefined ? {} : { settings: present(settings) }),
          ...(description === undefined ? {} : { description }),
        }),
    }),
    route({
      method: 'get',
      path: '/api/personas/:id/relationship',
      role: 'user',
      summary: 'What a persona is to a user.',
      params: ofPersona,
      query: ofUser,
      answer: {
        status: 200,
        description: 'The relationship; a new one is made when there is none.',
        schema: relationshipShape,
      },
      handle: async ({ actor, params, query }) => {
        await personas.current(params.id);
        return relationshipsAs(actor).getOrCreateRelationship(subjectOf(actor, query.userId), params.id);
      },
    }),
    route({
      method: 'get',
      path: '/api/personas/:id/prompt',
      role: 'user',
      summary: 'What a persona would be told about a user if it called now.',
      params: ofPersona,
      query: ofUser,
      answer: {
        status: 200,
        description: 'The prompt, its tokens by section, and the memories in it.',
        schema: promptShape,
      },
      handle: async ({ actor, params, query }) => {
        const { description, traits } = await personas.current(params.id);
        const userId = subjectOf(actor, query.userId);
        const relationships = relationshipsAs(actor);
        const { firstMessage } = await relationships.calleeOf(userId, params.id);
        const prompt = await relationships.buildCompositePrompt(userId, params.id, description, traits);
        return { ...prompt, first_message: firstMessage };
      },
    }),
    route({
      method: 'put',
      path: '/api/personas/:id/relationship',
      role: 'user',
      summary: 'Changes what a persona is to a user; what is left out stays.',
      params: ofPersona,
      query: ofUser,
      body: z.strictObject({
        relationship_type: z.string().min(1).max(80).optional(),
        custom_system_prompt: z.string().max(4_000).nullable().optional(),
        memory_config: memoryConfig.partial().optional(),
      }),
      answer: { status: 200, description: 'The relationship as it is now.', schema: relationshipShape },
      handle: async ({ actor, params, query, body }) => {
        await personas.current(params.id);
        const { memory_config, ...change } = present(body);
        return relationshipsAs(actor).updateRelationship(subjectOf(actor, query.userId), params.id, {
          ...change,
          ...(memory_config === undefined ? {} : { memory_config: present(memory_config) }),
        });
      },
    }),
  ];
}
