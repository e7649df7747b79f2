/**
 * What a search says about its hits besides the score: the raw signed influence, the influence on
 * each generated token, and that of each training token.
 *
 * <p>Imports the query package and is imported by none. Start at {@link
 * org.rapidin.plugin.explain.InfluenceFetchSubPhase}.
 */
package org.rapidin.plugin.explain;
