package org.rapidin.plugin.mapper;

import java.util.Map;
import org.opensearch.index.mapper.Mapper;

/**
 * Reads the field type {@code gradient_vector}. A pure function of the mapping: it runs in cluster
 * state appliers and at restart, where nothing may be looked up.
 */
public final class GradientVectorTypeParser implements Mapper.TypeParser {
  @Override
  public Mapper.Builder<?> parse(String name, Map<String, Object> node, ParserContext context) {
    return GradientVectorFieldBuilder.parse(name, node, context);
  }
}
