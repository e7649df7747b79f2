package org.rapidin.plugin.codec;

import org.opensearch.common.settings.Settings;
import org.opensearch.index.TieredMergePolicyProvider;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.shard.IndexSettingProvider;

/**
 * Settings that a new index with one of {@link GradientCodecs} gets unless its creator sets them:
 * no compound files. Those would copy every row once more after each flush and each small merge,
 * and their parts do not begin at pages.
 */
public final class GradientIndexDefaults implements IndexSettingProvider {
  private static final Settings NO_COMPOUND_FILES =
      Settings.builder()
          .put(EngineConfig.INDEX_USE_COMPOUND_FILE.getKey(), false)
          .put(TieredMergePolicyProvider.INDEX_COMPOUND_FORMAT_SETTING.getKey(), false)
          .build();

  @Override
  public Settings getAdditionalIndexSettings(
      String indexName, boolean isDataStreamIndex, Settings templateAndRequestSettings) {
    return GradientCodecs.isChosen(templateAndRequestSettings) ? NO_COMPOUND_FILES : Settings.EMPTY;
  }
}
