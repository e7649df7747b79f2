package org.rapidin.plugin.lucene;

import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.bits.CodeScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;

/**
 * What computes inner products.
 *
 * @param rows exactly
 * @param codes estimates of them
 * @param counters of candidates
 */
public record ScanEngines(ScanEngine rows, CodeScanEngine codes, CandidateCounters counters) {
  /** Engines with counters of their own. */
  public ScanEngines(ScanEngine rows, CodeScanEngine codes) {
    this(rows, codes, new CandidateCounters());
  }

  /** Both on the CPU. */
  public static ScanEngines onCpu() {
    return new ScanEngines(new CpuScanEngine(), new CpuCodeScanEngine());
  }
}
