/**
 * Measures the exact scan of stored rows, a C loop, and reading the same bytes. Start at {@link
 * org.rapidin.benchmarks.scan.ScanBenchmark}.
 */
package org.rapidin.benchmarks.scan;
