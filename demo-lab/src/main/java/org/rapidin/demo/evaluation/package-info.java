/**
 * Measures methods by published protocols: how faithful compressed gradients are, and what rankings
 * find.
 *
 * <p>Start at {@link org.rapidin.demo.evaluation.Evaluation}. A protocol asks the {@code
 * Laboratory} for the inner products of all texts of a {@code DemoSet} by a {@code VectorMethod}
 * ({@code GramMatrix}); cosines, nuisance directions and autocorrelations follow from those ({@code
 * Influences}, {@code Preconditioned}).
 */
package org.rapidin.demo.evaluation;
