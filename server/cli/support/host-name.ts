import { InvalidArgumentError } from 'commander';

/** Nova's rule, as in client-sdk/protocol/agent.ts; repeated here because loading zod would slow the agent's start. */
const NAME = /^[a-zA-Z0-9._-]{1,255}$/;

/** For commander, which prints the reason of a refusal after the option's name. */
export function hostName(text: string): string {
  if (!NAME.test(text))
    throw new InvalidArgumentError('A host is 1 to 255 letters, digits, "-", "." and "_".');
  return text;
}
