import { z } from 'zod';

/** Raised by every change: whoever changes something says which one they saw. 0 while nobody has. */
export const versionShape = z.number().int().min(0);
