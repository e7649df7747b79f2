/**
 * Measures scans, candidates and compression beside what a user would run instead, in turn. Start
 * at {@link org.rapidin.benchmarks.compare.CompareBenchmark}.
 */
package org.rapidin.benchmarks.compare;
