/**
 * The files of a model: its directory, safetensors, JSON configuration and digests.
 *
 * <p>Start at {@link org.rapidin.attribution.model.file.ModelDirectory}. Files are untrusted, so
 * our own strict readers read them and nothing here runs code from a model. May import
 * jackson-core, not DJL.
 */
package org.rapidin.attribution.model.file;
