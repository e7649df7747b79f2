/**
 * Gradients of queries, kept on the node that resolved them. Shard requests carry a handle of 32
 * bytes and a node id; a data node fetches the vector once, and the influences on single tokens are
 * computed for the returned hits alone.
 *
 * <p>Imports the lucene and wire packages. Start at {@link
 * org.rapidin.plugin.handle.GradientHandles}.
 */
package org.rapidin.plugin.handle;
