import { ATTACK_RULES } from './attacks/rules.js';
import type { Rule } from './rules.js';

/** Every kind of finding, by the word that findings carry. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...ATTACK_RULES,
  refused: {
    title: 'The engine stops at this',
    help: 'The engine cannot read the configuration or a filter file, and so runs no command at all (exit code 97). Correct the line that is named.',
  },
};
