/**
 * Samples of the documents of indices, and their stored vectors: {@link
 * org.rapidin.plugin.sample.RandomDocuments} draws them, {@link
 * org.rapidin.plugin.sample.VectorSample} reads them from the nodes that have them. Imports nothing
 * of the plugin but {@code wire}.
 */
package org.rapidin.plugin.sample;
