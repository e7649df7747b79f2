/**
 * The cluster's registry of attributors, and what its nodes say of the model files behind them.
 *
 * <p>{@link org.rapidin.plugin.attributor.AttributorMetadata} is the registry inside the cluster
 * state, {@link org.rapidin.plugin.attributor.AttributorRegistry} the view that everyone asks.
 * Imports OpenSearch and attribution; knows neither REST nor the query.
 */
package org.rapidin.plugin.attributor;
