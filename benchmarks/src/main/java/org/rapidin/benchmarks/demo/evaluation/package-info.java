/**
 * How well influence finds the poisoned documents behind triggered generations, beside BM25.
 *
 * <p>Start at {@link org.rapidin.benchmarks.demo.evaluation.DemoEvaluation}.
 */
package org.rapidin.benchmarks.demo.evaluation;
