/**
 * The field type {@code gradient_vector}: how it stands in a mapping, what a document may put into
 * it, and what is kept of it.
 *
 * <p>A mapping holds everything that is needed to read it ({@link
 * org.rapidin.plugin.mapper.PinnedAttributor}), so indices open, recover and restore where the
 * attributor is absent. The pins are written once, on the cluster manager, by {@link
 * org.rapidin.plugin.mapper.GradientMappingTransformer}; start there.
 */
package org.rapidin.plugin.mapper;
