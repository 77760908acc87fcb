import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PolicySource } from '../../policy/policy-source.js';
import type { Finding, Severity } from '../finding.js';
import type { Ground } from './ground.js';
import { innerProgramFindings } from './inner-programs.js';
import type { TrustRuleId } from './rules.js';
import {
  allowsProgram,
  readSudoCommand,
  type SudoCommand,
  unescaped,
  whyNotFixed,
} from './sudo-command.js';
import { parseSudoList, type SudoAnswer, type SudoEntry, type SudoList } from './sudo-list.js';
import { runsAsRoot, settingsFor } from './sudo-settings.js';
import { settingsFindings } from './sudo-settings-findings.js';

/** Whom the lines are about, and what they should allow. */
export interface SudoSubject {
  readonly user: string;
  /** rootwrap.conf as it was named. */
  readonly config: string;
  /** Where programs behind a prefix are judged. */
  readonly source?: PolicySource;
}

/** Programs that a pattern in sudoers should not allow, where they usually are. */
const OURS = ['/usr/local/bin', '/usr/bin'].flatMap((directory) =>
  ['tsrootwrap', 'tsrootwrap-daemon', 'tsrootwrap-privileged', 'tsrootwrapctl'].map(
    (name) => `${directory}/${name}`,
  ),
);

/**
 * Judges what sudo lets a user do, as far as it is about tsrootwrap or goes around it.
 *
 * @returns the launchers by which it lets the user call this configuration
 */
export function checkSudoers(
  answer: SudoAnswer,
  subject: SudoSubject,
  ground: Ground,
): readonly string[] {
  if ('problem' in answer) {
    ground.findings.push({
      rule: 'sudoers-unknown',
      severity: 'low',
      file: '/etc/sudoers',
      line: 0,
      problem: `what it lets ${subject.user} do is not known: ${answer.problem}`,
      instead: `run the check as root where ${subject.user} is, with sudo installed`,
    });
    return [];
  }
  return new SudoersCheck(parseSudoList(answer.text), subject, ground).run();
}

class SudoersCheck {
  readonly #told = new Set<string>();
  readonly #launchers: string[] = [];

  constructor(
    readonly list: SudoList,
    readonly subject: SudoSubject,
    readonly ground: Ground,
  ) {}

  run(): readonly string[] {
    for (const entry of this.list.entries) {
      for (const text of entry.commands) {
        const command = readSudoCommand(text);
        if (command !== undefined) this.#judge(entry, command);
      }
    }
    if (this.#launchers.length > 0) return this.#launchers;
    const { user, config } = this.subject;
    this.#tell('sudoers-none', 'medium', undefined, '', {
      problem: `no line lets \`${user}\` run tsrootwrap as root with \`${config}\``,
      instead: `write ${user} ALL=(root) NOPASSWD: /usr/local/bin/tsrootwrap ${resolve(config)} * into a file of /etc/sudoers.d`,
    });
    return [];
  }

  #judge(entry: SudoEntry, command: SudoCommand): void {
    const { text, program, several } = command;
    if (program === 'ALL') this.#all(entry, text);
    else if (several) this.#pattern(entry, command);
    else if (/\/tsrootwrapctl$/.test(program)) this.#ctl(entry, text);
    else if (/rootwrap(?:-daemon)?$/.test(program)) this.#rootwrap(entry, command);
  }

  #pattern(entry: SudoEntry, { text, program }: SudoCommand): void {
    if (!runsAsRoot(entry) || !OURS.some((path) => allowsProgram(program, path))) return;
    this.#tell('sudoers-pattern', 'high', entry, text, {
      problem: `\`${text}\` allows programs by a pattern, which tsrootwrap fits as well`,
      gets: 'runs other programs that it fits as root, or names a configuration of its choice',
      instead: 'write the full path of tsrootwrap, and of the configuration behind it',
    });
  }

  #rootwrap(entry: SudoEntry, command: SudoCommand): void {
    this.#runAs(entry, command.text);
    for (const { rule, severity, ...said } of settingsFindings(this.list, entry, command)) {
      this.#tell(
        rule,
        severity,
        entry,
        rule === 'sudoers-path' ? command.program : command.text,
        said,
      );
    }
    this.#program(entry, command.program);
    const fixed = this.#words(entry, command);
    if (fixed !== undefined && this.#isConfig(fixed) && runsAsRoot(entry)) {
      this.#launchers.push(command.program);
      this.#innerPrograms(entry, command.program);
    }
  }

  #innerPrograms(entry: SudoEntry, program: string): void {
    const { source } = this.subject;
    const { securePath } = settingsFor(this.list, entry, program);
    if (source === undefined || securePath === undefined) return;
    for (const finding of innerProgramFindings(source, securePath)) {
      const key = `${finding.rule} ${finding.problem}`;
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      this.ground.findings.push(finding);
    }
  }

  #all(entry: SudoEntry, text: string): void {
    if (!runsAsRoot(entry)) return;
    this.#tell('sudoers-all', 'high', entry, text, {
      problem: `\`${this.subject.user}\` may run anything as root: no filter is asked`,
      gets: 'runs anything as root',
      instead: 'take the line away, or take the user out of the group that it is for',
    });
  }

  #ctl(entry: SudoEntry, text: string): void {
    this.#tell('sudoers-ctl', 'high', entry, text, {
      problem: `\`${text}\` is a tool for administrators, which writes files where it is told to`,
      gets: "makes files of root's where there were none",
      instead: 'take the line away',
    });
  }

  #runAs(entry: SudoEntry, text: string): void {
    const users = entry.runAsUsers;
    if (runsAsRoot(entry) && users.length === 1 && users[0] !== 'ALL') {
      if (entry.runAsGroups.length === 0) return;
    }
    const shown = [...users, ...entry.runAsGroups.map((group) => `:${group}`)].join(', ');
    this.#tell('sudoers-runas', 'medium', entry, text, {
      problem: `\`${text}\` may run as (${shown})`,
      gets: "runs commands meant for root as another user, by a configuration of anybody's",
      instead: 'write (root)',
    });
  }

  #program(entry: SudoEntry, program: string): void {
    const stats = this.ground.file(program, {
      severity: 'high',
      what: 'the program that sudo runs as root',
      gets: 'puts a program of its own in its place, which then runs as root',
    });
    if (stats !== undefined) return;
    this.#tell('sudoers-program', 'low', entry, program, {
      problem: `\`${program}\` is not there`,
      instead: 'install tsrootwrap, or write the path of the one that is installed',
    });
  }

  /** Judges the words, and returns the configuration that they fix. */
  #words(entry: SudoEntry, command: SudoCommand): string | undefined {
    const { text, program, words, regular } = command;
    if (words !== undefined && words.length === 0) return undefined; // `""`: it can only complain
    const isDaemon = program.endsWith('-daemon');
    const [config, ...rest] = isDaemon && words?.[0] === '--stdio' ? words.slice(1) : (words ?? []);
    const wrong = whyNotFixed(config, regular);
    if (wrong !== undefined) {
      this.#tell('sudoers-any-config', 'high', entry, text, {
        problem: `\`${text}\` ${wrong}`,
        gets: "names another configuration of root's, such as an old version or another service's",
        instead: `write ${program} ${resolve(this.subject.config)}${isDaemon ? '' : ' *'}`,
      });
      return undefined;
    }
    if (isDaemon && rest.length > 0) {
      this.#tell('sudoers-words', 'low', entry, text, {
        problem: `\`${text}\` takes words behind the configuration, which the daemon does not`,
        instead: `write ${program} ${config}`,
      });
    }
    return unescaped(config ?? '');
  }

  #isConfig(path: string): boolean {
    const { config } = this.subject;
    return path === resolve(config) || real(path) === real(config);
  }

  #tell(
    rule: TrustRuleId,
    severity: Severity,
    entry: SudoEntry | undefined,
    text: string,
    said: Pick<Finding, 'problem' | 'gets' | 'instead'>,
  ): void {
    const key = `${rule} ${text}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const [, file = '/etc/sudoers', line = '0'] =
      /^(\/.*?)(?::(\d+)(?::\d+)?)?$/.exec(entry?.source ?? '') ?? [];
    this.ground.findings.push({ rule, severity, file, line: Number(line), ...said });
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
