/**
 * Brings the gradient vectors format into OpenSearch: a codec chosen by {@code index.codec:
 * rapidin} that asks the mapping which fields hold gradient vectors.
 *
 * <p>May import OpenSearch, Lucene and {@code org.rapidin.plugin.lucene}. Start at {@link
 * org.rapidin.plugin.codec.GradientCodecs}.
 */
package org.rapidin.plugin.codec;
