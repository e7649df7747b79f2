/**
 * The command {@code ./rapidin bench}: speed of gradients, sketches and scans, memory and
 * throughput of a running node, and long fault runs. Start at {@link org.rapidin.benchmarks.Main}.
 */
package org.rapidin.benchmarks;
