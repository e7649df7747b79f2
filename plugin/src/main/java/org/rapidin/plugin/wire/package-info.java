/**
 * How messages between nodes carry a version of ours and stay readable to older and newer versions,
 * and a base for channels that act on answers.
 *
 * <p>Imports OpenSearch's streams and channels only. Start at {@link
 * org.rapidin.plugin.wire.VersionedBody}.
 */
package org.rapidin.plugin.wire;
