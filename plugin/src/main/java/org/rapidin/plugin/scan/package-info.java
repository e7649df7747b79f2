/**
 * How many shards a node scans for influence queries at the same time. A shard request waits for a
 * permit before it gets a search thread, so that other searches find threads; the scan of a holder
 * scores for those who wait.
 *
 * <p>Imports the wire package. Start at {@link org.rapidin.plugin.scan.ScanGate}.
 */
package org.rapidin.plugin.scan;
