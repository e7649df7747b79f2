/**
 * How many shards a node scans for influence queries at the same time. A shard request waits for a
 * permit before it gets a search thread, so that other searches find threads.
 *
 * <p>Imports the wire package. Start at {@link org.rapidin.plugin.scan.ScanGate}.
 */
package org.rapidin.plugin.scan;
