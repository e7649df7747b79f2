package org.rapidin.plugin.mapper;

import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.index.mapper.Mapper;
import org.rapidin.scorer.ScanEngine;

/**
 * Reads the field type {@code gradient_vector}. A pure function of the mapping: it runs in cluster
 * state appliers and at restart, where nothing may be looked up.
 */
public final class GradientVectorTypeParser implements Mapper.TypeParser {
  private final Supplier<ScanEngine> engine;

  /**
   * @param engine scores the fields' rows; asked when a field is searched
   */
  public GradientVectorTypeParser(Supplier<ScanEngine> engine) {
    this.engine = engine;
  }

  @Override
  public Mapper.Builder<?> parse(String name, Map<String, Object> node, ParserContext context) {
    return GradientVectorFieldBuilder.parse(name, node, context, engine);
  }
}
