import type { ContextOverrides } from '../../config/context-overrides.js';
import type { ContextDeclaration } from '../../privileged/contexts/declaration.js';
import type { Severity } from '../finding.js';
import { SEVERAL, WEIGHTS } from './capabilities.js';
import { isRoot } from './holder.js';
import type { Problem } from './problem.js';

/** Groups whose members become root when they like, or read its secrets. */
// biome-ignore format: a list reads better
const STRONG_GROUPS: ReadonlySet<string | number> = new Set([
  'root', 0, 'wheel', 'sudo', 'admin', 'disk', 'kmem', 'shadow', 'docker', 'podman', 'lxd', 'lxc',
  'incus', 'libvirt',
]);

/** What is wide about a context, and the key of its section that would say so. */
export interface Wide {
  readonly key: keyof ContextOverrides;
  readonly problem: Problem;
}

/** What a context holds that is as good as root, or a good part of it. */
export function wideIn({ user, group, groups, capabilities }: ContextDeclaration): Wide[] {
  const rooted = isRoot(user) ? [wide('user', 'medium', 'it runs as root', OWNER)] : [];
  const grouped = [...new Set([...(group === undefined ? [] : [group]), ...groups])]
    .filter((name) => STRONG_GROUPS.has(name))
    .map((name) => {
      const key = name === group ? 'group' : 'groups';
      return wide(key, 'medium', `it is in the group ${name}`, `does what members of ${name} do`);
    });
  const held = capabilities.flatMap((name) => {
    const weight = WEIGHTS[name];
    if (weight === undefined) return [];
    return [wide('capabilities', weight.severity, `it holds ${name}`, weight.gets)];
  });
  const many = capabilities.length < SEVERAL ? [] : [gathered(capabilities)];
  return [...rooted, ...grouped, ...held, ...many];
}

const OWNER = 'changes every file that belongs to root, as its owner, without any capability';

function wide(key: Wide['key'], severity: Severity, problem: string, gets: string): Wide {
  return {
    key,
    problem: {
      rule: 'privileged-wide-context',
      severity,
      problem,
      gets: `who gets hold of its helper ${gets}`,
    },
  };
}

function gathered(capabilities: readonly string[]): Wide {
  return {
    key: 'capabilities',
    problem: {
      rule: 'privileged-many-capabilities',
      severity: 'medium',
      problem: `it holds ${capabilities.length} capabilities: ${capabilities.join(', ')}`,
      instead: 'declare a context for each purpose, with what that needs',
    },
  };
}

/** What the operator gives a context beyond what its module asks for. */
export function widenedBy(declared: ContextDeclaration, overrides: ContextOverrides): Wide[] {
  const { user, group, groups = [], capabilities = [] } = overrides;
  const more = (key: Wide['key'], what: string): Wide => ({
    key,
    problem: {
      rule: 'privileged-override',
      severity: 'low',
      problem: `this gives the context ${what}, which its module does not ask for`,
    },
  });
  const added = capabilities.filter((name) => !declared.capabilities.includes(name));
  const joined = groups.filter((name) => !declared.groups.includes(name));
  return [
    ...(user !== undefined && isRoot(user) && !isRoot(declared.user) ? [more('user', 'root')] : []),
    ...(group !== undefined && STRONG_GROUPS.has(group) && group !== declared.group
      ? [more('group', `the group ${group}`)]
      : []),
    ...(joined.length > 0 ? [more('groups', `the groups ${joined.join(', ')}`)] : []),
    ...(added.length > 0 ? [more('capabilities', added.join(', '))] : []),
  ];
}
