/**
 * Measures how well influence and BM25 find the poisoned documents behind triggered generations.
 *
 * <p>Start at {@link org.rapidin.demo.evaluation.DemoEvaluation}.
 */
package org.rapidin.demo.evaluation;
