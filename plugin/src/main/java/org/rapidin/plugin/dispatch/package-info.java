/**
 * The node's {@link org.rapidin.attribution.GradientSource}: computes vectors here when this node
 * has the model, asks another node when it has not.
 *
 * <p>Start at {@link org.rapidin.plugin.dispatch.NodeGradientSource}. Imports attribution and
 * {@code org.rapidin.plugin.attributor}; knows neither documents nor searches.
 */
package org.rapidin.plugin.dispatch;
