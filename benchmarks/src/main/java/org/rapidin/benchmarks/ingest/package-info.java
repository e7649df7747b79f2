/**
 * Documents per second through REST and the pipeline. Start at {@link
 * org.rapidin.benchmarks.ingest.IngestBenchmark}.
 */
package org.rapidin.benchmarks.ingest;
