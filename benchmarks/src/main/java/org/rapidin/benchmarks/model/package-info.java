/**
 * Memory and time of real-sized models on the assembled node. The models have random weights. Start
 * at {@link org.rapidin.benchmarks.model.ModelSizeBenchmark}.
 */
package org.rapidin.benchmarks.model;
