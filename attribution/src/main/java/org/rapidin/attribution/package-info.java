/**
 * The method: a prompt and a completion become a compressed gradient vector.
 *
 * <p>{@link org.rapidin.attribution.AttributorSpec} describes how, {@link
 * org.rapidin.attribution.service.Attributor} does it for one model, and other modules ask for
 * vectors through {@link org.rapidin.attribution.GradientSource}. Imports neither OpenSearch nor
 * Lucene.
 */
package org.rapidin.attribution;
