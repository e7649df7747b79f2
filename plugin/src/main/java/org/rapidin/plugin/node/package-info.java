/**
 * Actions that nodes answer for themselves: statistics, model files, loading and freeing models,
 * and the vectors of their shards: counting, copying them to GPUs, verifying them.
 *
 * <p>An action's name is the permission to call it. Start at {@link
 * org.rapidin.plugin.node.TransportEachNodeAction}, which all of them extend.
 */
package org.rapidin.plugin.node;
