import type { CallMemory } from '../ports.ts';
import { forgetMemoryTool } from './forget-memory.ts';
import { makeCommitmentTool } from './make-commitment.ts';
import { rememberFactTool } from './remember-fact.ts';
import { reviewCommitmentTool } from './review-commitment.ts';
import { searchMemoryTool } from './search-memory.ts';
import type { Tool } from './toolbox.ts';

/** The tools over a call's memory; each use is one operation on the bill. */
export function memoryTools(memory: CallMemory | null, onUse: () => void): Tool[] {
  if (memory === null) return [];
  const tools = [
    searchMemoryTool(memory),
    rememberFactTool(memory),
    forgetMemoryTool(memory),
    makeCommitmentTool(memory),
    reviewCommitmentTool(memory),
  ] as Tool[];
  return tools.map((tool) => ({
    ...tool,
    run: (args, signal) => {
      onUse();
      return tool.run(args, signal);
    },
  }));
}
