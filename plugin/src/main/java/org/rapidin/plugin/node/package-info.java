/**
 * Actions that every node answers for itself: statistics, model files, loading and freeing models.
 *
 * <p>An action's name is the permission to call it. Start at {@link
 * org.rapidin.plugin.node.TransportEachNodeAction}, which all of them extend.
 */
package org.rapidin.plugin.node;
