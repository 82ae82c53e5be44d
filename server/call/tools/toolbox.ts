import { z } from 'zod';
import { RingbackError } from '../../errors.ts';
import type { ToolBox } from '../ports.ts';

/** One thing the model may do in a call. `run` returns what the model is told; it acts only on this call's user. */
export interface Tool<Schema extends z.ZodType = z.ZodType> {
  name: string;
  description: string;
  schema: Schema;
  run(args: z.infer<Schema>, signal: AbortSignal): Promise<unknown>;
}

/** Bundles tools for one call: checks the model's arguments against each schema before anything runs. */
export function toolBox(tools: readonly Tool[]): ToolBox {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    definitions: tools.map(({ name, description, schema }) => {
      const { $schema: _, ...parameters } = z.toJSONSchema(schema);
      return { name, description, parameters };
    }),
    async run({ name, args }, signal) {
      const tool = byName.get(name);
      if (tool === undefined) return JSON.stringify({ status: 'error', problem: `there is no tool ${name}` });
      const parsed = tool.schema.safeParse(args);
      if (!parsed.success) return JSON.stringify({ status: 'error', problem: z.prettifyError(parsed.error) });
      try {
        return JSON.stringify(await tool.run(parsed.data, signal));
      } catch (error) {
        // What was foreseen is told to the model, which can do something else; the rest is a defect.
        if (!(error instanceof RingbackError)) throw error;
        return JSON.stringify({ status: 'error', problem: `${error.message} ${error.remedy}` });
      }
    },
  };
}
