/**
 * The cluster's registry of attributors, and the node's way to vectors.
 *
 * <p>{@link org.rapidin.plugin.attributor.AttributorMetadata} is the registry inside the cluster
 * state, {@link org.rapidin.plugin.attributor.AttributorRegistry} the view that everyone asks.
 * Imports OpenSearch and attribution; knows neither REST nor the query.
 */
package org.rapidin.plugin.attributor;
