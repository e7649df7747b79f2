/**
 * Runs the assembled node for benchmarks: {@link org.rapidin.benchmarks.node.BenchNode} starts it,
 * {@link org.rapidin.benchmarks.node.BulkRun} fills it, {@link
 * org.rapidin.benchmarks.node.Measurement} and {@link org.rapidin.benchmarks.node.Report} record
 * what that took.
 */
package org.rapidin.benchmarks.node;
