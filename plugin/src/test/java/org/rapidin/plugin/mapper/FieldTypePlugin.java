package org.rapidin.plugin.mapper;

import java.util.Map;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.rapidin.plugin.lucene.ScanEngines;

/** Only the field type. */
public class FieldTypePlugin extends Plugin implements MapperPlugin {
  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(
        GradientVectorFieldType.TYPE, GradientVectorFieldMapper.parser(ScanEngines::onCpu));
  }
}
