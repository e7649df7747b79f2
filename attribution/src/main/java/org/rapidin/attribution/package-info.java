/**
 * The method: a prompt and a completion become a compressed gradient vector.
 *
 * <p>{@link org.rapidin.attribution.AttributorSpec} says how, {@link
 * org.rapidin.attribution.Attributor} does it for one model, and everyone else asks for vectors
 * through {@link org.rapidin.attribution.GradientSource}. Imports neither OpenSearch nor Lucene.
 */
package org.rapidin.attribution;
