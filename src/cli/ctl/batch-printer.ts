import type { AllowedLine } from '../../batch/check-commands.js';
import { type LineReport, type Outcome, type Run, statusOfLine } from '../../batch/report.js';
import type { Plan } from '../../exec/plan.js';
import { pythonList } from '../../log/escape.js';
import type { Terminal } from '../../terminal/terminal.js';
import { batchJson } from './batch-json.js';

/** Characters of a command or a line that people are shown. */
const MOST_SHOWN = 300;
/** Of a reason, which may hold what sudo or the daemon said. */
const LONGEST_REASON = 4000;
/** Milliseconds between two looks at the progress. */
const PROGRESS_PAUSE = 100;

/** Tells what becomes of each line, and counts. */
export class BatchPrinter {
  /** `failed` are of those that ran. */
  readonly #counts: Record<Outcome | 'failed', number> = {
    ran: 0,
    failed: 0,
    allowed: 0,
    denied: 0,
    'not-executable': 0,
    unreadable: 0,
    'not-started': 0,
    lost: 0,
    'not-run': 0,
  };
  readonly #terminal: Terminal;
  readonly #file: string;
  readonly #json: boolean;
  readonly #began = performance.now();
  #worst = 0;
  #started = 0;
  #lastProgress = 0;

  /** @param file name of what the lines are from, as it is shown */
  constructor(terminal: Terminal, file: string, json: boolean) {
    this.#terminal = terminal;
    this.#file = file;
    this.#json = json;
  }

  /** A command is on its way. */
  started({ words }: AllowedLine, total: number): void {
    this.#started++;
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_PAUSE) return;
    this.#lastProgress = now;
    this.#terminal.progress(`${this.#started} of ${total}: ${shown(words)}`);
  }

  /** No more is to come of this line. */
  ended(report: LineReport): void {
    const status = statusOfLine(report);
    this.#worst = Math.max(this.#worst, status);
    this.#counts[report.outcome]++;
    if (report.outcome === 'ran' && status !== 0) this.#counts.failed++;
    this.#terminal.progress('');
    if (this.#json) this.#terminal.printJson(batchJson(report));
    else if (report.plan !== undefined) this.#printPlan(report, report.plan);
    else if (report.run !== undefined) this.#printRun(report, report.run, status !== 0);
    else if (report.outcome !== 'not-run') this.#complain(report, report.outcome);
  }

  get hasFailures(): boolean {
    return this.#counts.failed + this.#counts['not-started'] > 0;
  }

  /** Something to do next, on standard error. */
  advise(text: string): void {
    this.#terminal.remark(text);
  }

  /** Prints the summary. @returns the exit status of the worst line */
  finish(): number {
    const {
      ran,
      failed,
      allowed,
      'not-run': notRun,
      'not-started': notStarted,
      lost,
    } = this.#counts;
    const refused = this.#counts.denied + this.#counts['not-executable'] + this.#counts.unreadable;
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    const parts = [
      `${ran} ran`,
      `${failed} failed`,
      `${refused} refused`,
      ...(allowed > 0 ? [`${allowed} allowed`] : []),
      ...(notStarted > 0 ? [`${notStarted} not started`] : []),
      ...(lost > 0 ? [`${lost} lost`] : []),
      ...(notRun > 0 ? [`${notRun} not run`] : []),
    ];
    this.#terminal.progress('');
    this.#terminal.remark(`tsrootwrapctl: ${parts.join(', ')}; ${seconds} seconds`);
    return this.#worst;
  }

  #printPlan(report: LineReport, plan: Plan): void {
    const sets = plan.kind === 'command' ? Object.entries(plan.environment) : [];
    const variables = sets.map(([name, value]) => `${name}=${value}`);
    const what =
      plan.kind === 'signal'
        ? `sends signal ${plan.signal} to process ${plan.pid}`
        : `runs ${pythonList(plan.argv)}`;
    const rest = variables.length > 0 ? ` with ${pythonList(variables)}` : '';
    this.#terminal.print(`${this.#place(report)}${what} as ${plan.user}${rest}`, 0, 2);
  }

  #printRun(report: LineReport, run: Run, failed: boolean): void {
    this.#terminal.passOn(run.stdout, 'out');
    this.#terminal.passOn(run.stderr, 'err');
    if (failed || run.truncated) this.#complain(report, howItEnded(run));
  }

  #complain(report: LineReport, what: string): void {
    const { command, text = '', reason } = report;
    const subject = command === undefined ? cut(text) : shown(command);
    this.#terminal.remark(`${this.#place(report)}${what}: ${subject}`, 0, 2);
    for (const line of reason?.slice(0, LONGEST_REASON).split('\n') ?? []) {
      this.#terminal.remark(line, 4, 6);
    }
  }

  #place({ line }: LineReport): string {
    return `${this.#file}:${line}: `;
  }
}

function howItEnded({ exitCode, signal, interrupted, truncated }: Run): string {
  const end = signal === undefined ? `exit code ${exitCode}` : `killed by ${signal}`;
  if (interrupted) return `interrupted, ${end}`;
  if (truncated) return `ended since it wrote more than daemon_max_output, ${end}`;
  return end;
}

function shown(words: readonly string[]): string {
  return cut(pythonList(words));
}

function cut(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN).toWellFormed()}...` : text;
}
