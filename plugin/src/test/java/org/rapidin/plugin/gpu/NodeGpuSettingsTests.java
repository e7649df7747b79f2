package org.rapidin.plugin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.common.settings.Settings;
import org.rapidin.gpu.GpuSettings;

class NodeGpuSettingsTests {

  @Test
  void devicesAreUsedUnlessTheOperatorSaysOtherwise() {
    GpuSettings settings = NodeGpuSettings.of(Settings.EMPTY);
    assertTrue(settings.enabled());
    assertEquals(0.9, settings.memoryShare(), 1e-12);
    assertEquals(0, settings.memoryLimitBytes());
    assertEquals(2, settings.lanes());
    assertEquals(1024, settings.minRows());
  }

  @Test
  void settingsAreRead() {
    GpuSettings settings =
        NodeGpuSettings.of(
            Settings.builder()
                .put("plugins.rapidin.gpu.enabled", false)
                .put("plugins.rapidin.gpu.memory_limit", "3gb")
                .put("plugins.rapidin.gpu.lanes", 4)
                .put("plugins.rapidin.gpu.min_segment_docs", 0)
                .build());
    assertFalse(settings.enabled());
    assertEquals(3L << 30, settings.memoryLimitBytes());
    assertEquals(4, settings.lanes());
    assertEquals(0, settings.minRows());
  }

  @ParameterizedTest
  @CsvSource({"100%,1", "12.5%,0.125"})
  void aPercentageIsAShareOfFreeMemory(String limit, double share) {
    GpuSettings settings = NodeGpuSettings.of(limit(limit));
    assertEquals(0, settings.memoryLimitBytes());
    assertEquals(share, settings.memoryShare(), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0%", "101%", "-5%", "many%", "NaN%", "0b", "-1", "many"})
  void otherLimitsAreRefusedByName(String limit) {
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> NodeGpuSettings.of(limit(limit)));
    assertTrue(e.getMessage().contains("plugins.rapidin.gpu.memory_limit"), e.getMessage());
  }

  private static Settings limit(String value) {
    return Settings.builder().put("plugins.rapidin.gpu.memory_limit", value).build();
  }
}
