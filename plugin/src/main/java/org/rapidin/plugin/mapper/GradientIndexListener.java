package org.rapidin.plugin.mapper;

import org.opensearch.common.settings.Settings;
import org.opensearch.core.index.Index;
import org.opensearch.index.IndexService;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.shard.IndexEventListener;

/**
 * Refuses to create an index that has a gradient field but lacks what the field needs. One for each
 * index module.
 *
 * <p>This is the only place that sees the final mapping with the final settings: a mapping is also
 * parsed alone, without settings, when a component template is put.
 */
public final class GradientIndexListener implements IndexEventListener {
  private volatile IndexService service;

  @Override
  public void afterIndexCreated(IndexService indexService) {
    service = indexService;
  }

  @Override
  public void beforeIndexAddedToCluster(Index index, Settings settings) {
    for (MappedFieldType type : service.mapperService().fieldTypes()) {
      if (type instanceof GradientVectorFieldType) {
        IndexRequirements.violation(type.name(), settings)
            .ifPresent(
                sentence -> {
                  throw new IllegalArgumentException(sentence);
                });
      }
    }
  }
}
