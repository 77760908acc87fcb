import type { Effort, Times } from './rounds.js';
import { median, quantile } from './statistics.js';

/** One contestant's times set against another's, and what the design asks of them. */
export interface Comparison {
  readonly title: string;
  readonly of: string;
  readonly to: string;
  /** The most that the ratio may be; absent: it is only of interest. */
  readonly goal?: number;
}

export interface Ratio extends Comparison {
  /** Of the medians. */
  readonly ratio: number;
  /** Of the ratios of each round by itself: how much noise there was. */
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  /** Of the 10th percentiles: nearer to what an idle machine would say. */
  readonly undisturbed: number;
  /** Of the 95th percentiles. */
  readonly slowest: number;
  readonly met?: boolean;
}

/** Nanoseconds. */
export interface Timing {
  readonly name: string;
  readonly median: number;
  readonly p95: number;
}

/** Something left out, and what was missing for it. */
export interface Skip {
  readonly name: string;
  readonly reason: string;
}

/** Something measured that is no time. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** All about one subject, measured in the same rounds. */
export interface Section {
  readonly title: string;
  readonly rounds: number;
  readonly ratios: readonly Ratio[];
  readonly timings: readonly Timing[];
  readonly figures: readonly Figure[];
  readonly skips: readonly Skip[];
  readonly notes: readonly string[];
}

/** A part of the benchmark; quick ones do fewer rounds. */
export type Part = (quick: boolean) => Promise<Section>;

/** Puts a section together. Comparisons with a contestant that did not take part are left out. */
export function summarize(
  title: string,
  { rounds }: Effort,
  times: Times,
  comparisons: readonly Comparison[],
  {
    figures = [],
    skips = [],
    notes = [],
  }: Partial<Pick<Section, 'figures' | 'skips' | 'notes'>> = {},
): Section {
  return {
    title,
    rounds,
    ratios: comparisons
      .filter(({ of, to }) => times.has(of) && times.has(to))
      .map((comparison) => compare(comparison, times)),
    timings: [...times].map(([name, sample]) => ({
      name,
      median: median(sample),
      p95: quantile(sample, 0.95),
    })),
    figures,
    skips,
    notes,
  };
}

function compare(comparison: Comparison, times: Times): Ratio {
  const of = times.get(comparison.of) ?? [];
  const to = times.get(comparison.to) ?? [];
  const each = of.map((took, i) => took / (to[i] ?? Number.NaN));
  const ratio = median(of) / median(to);
  return {
    ...comparison,
    ratio,
    lowerQuartile: quantile(each, 0.25),
    upperQuartile: quantile(each, 0.75),
    undisturbed: quantile(of, 0.1) / quantile(to, 0.1),
    slowest: quantile(of, 0.95) / quantile(to, 0.95),
    ...(comparison.goal !== undefined && { met: ratio <= comparison.goal }),
  };
}
