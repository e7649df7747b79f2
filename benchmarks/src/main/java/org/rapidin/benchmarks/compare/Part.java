package org.rapidin.benchmarks.compare;

import java.util.Locale;

/** A part of the comparison; each has its own section of the Markdown file. */
enum Part {
  /** Kernels by JMH. */
  KERNELS,
  /** RapidGrad. */
  COMPRESSION,
  /** Exact scans. */
  SCAN,
  /** Candidates with exact rescoring. */
  CANDIDATES,
  /** Exact scans as segments grow, and a table of sizes. */
  GROWTH,
  /** Searches through REST. */
  SEARCH,
  /** The same vectors in more shards. */
  SHARDS;

  /** The name of the section: {@link Section}. */
  String marker() {
    return "bench compare " + name().toLowerCase(Locale.ROOT);
  }
}
