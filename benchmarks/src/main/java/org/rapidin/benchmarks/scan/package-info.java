/**
 * Measures the exact scan of stored rows beside a C loop and the speed of reading them. Start at
 * {@link org.rapidin.benchmarks.scan.ScanBenchmark}.
 */
package org.rapidin.benchmarks.scan;
