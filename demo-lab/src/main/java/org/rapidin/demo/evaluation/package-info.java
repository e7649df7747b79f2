/**
 * How well influence finds the poisoned documents behind triggered generations, beside BM25.
 *
 * <p>Start at {@link org.rapidin.demo.evaluation.DemoEvaluation}.
 */
package org.rapidin.demo.evaluation;
