/**
 * The model side of attribution as a whole: the supported decoder families, and the check of a
 * model's files. Imports {@code model.file}, {@code model.torch} and {@code model.decoder}.
 */
package org.rapidin.attribution.model;
