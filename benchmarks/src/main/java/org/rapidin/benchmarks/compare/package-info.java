/**
 * Compares scans, candidates and compression with what a user would run instead, in turn. Start at
 * {@link org.rapidin.benchmarks.compare.CompareBenchmark}.
 */
package org.rapidin.benchmarks.compare;
