/**
 * Samples of the documents of indices, their texts and their stored vectors: {@link
 * org.rapidin.plugin.sample.RandomDocuments} draws them, {@link
 * org.rapidin.plugin.sample.VectorSample} reads them from the nodes that have them. {@link
 * org.rapidin.plugin.sample.TextSample} makes texts of documents. Imports nothing of the plugin but
 * {@code wire}.
 */
package org.rapidin.plugin.sample;
