/**
 * The {@code rapidgrad} ingest processor: documents of a bulk become samples, samples go in batches
 * to a {@link org.rapidin.attribution.GradientSource}, vectors come back into the documents.
 *
 * <p>Start at {@link org.rapidin.ingest.RapidGradProcessor}. Imports OpenSearch's ingest interfaces
 * and attribution; knows nothing of search or of where gradients are computed.
 */
package org.rapidin.ingest;
