/**
 * How messages between nodes carry a version of ours and stay readable to older and newer versions.
 *
 * <p>Imports OpenSearch's streams only. Start at {@link org.rapidin.plugin.wire.VersionedBody}.
 */
package org.rapidin.plugin.wire;
