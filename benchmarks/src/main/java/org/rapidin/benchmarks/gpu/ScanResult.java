package org.rapidin.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.rapidin.benchmarks.node.Report;

/**
 * What a comparison of scans with the oracle found.
 *
 * @param name of the element type
 * @param error of all rows, as a part of the product of the norms
 * @param listError of listed rows
 * @param same whether a query scores the same bits alone and with others
 * @param top whether the top rows are exact
 */
record ScanResult(
    String name,
    int dimension,
    int rows,
    int queries,
    double error,
    double listError,
    boolean same,
    boolean top) {
  /** Reports the result and what of it is wrong. */
  void report(Report report, Checks checks) {
    ObjectNode row = report.row("check " + name);
    row.put("K", dimension).put("n", rows).put("q", queries);
    row.put("error", error).put("list error", listError);
    row.put("bits", Checks.word(same)).put("top, bitset", Checks.word(top));
    report.add(row);
    String what = "%s, K = %s, q = %s".formatted(name, dimension, queries);
    checks.requireSmall(error, what + ", all rows");
    checks.requireSmall(listError, what + ", listed rows");
    checks.require(same, what + ": a query scores the same bits alone and with others");
    checks.require(top, what + ": the top rows are those of the largest scores");
  }
}
