import { ATTACK_RULES } from './attacks/rules.js';
import { MISTAKE_RULES } from './mistakes/rules.js';
import { PRIVILEGED_RULES } from './privileged/rules.js';
import type { Rule } from './rules.js';
import { TRUST_RULES } from './trust/rules.js';

/** Every kind of finding, by the word that findings carry. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...ATTACK_RULES,
  ...MISTAKE_RULES,
  ...PRIVILEGED_RULES,
  ...TRUST_RULES,
};
