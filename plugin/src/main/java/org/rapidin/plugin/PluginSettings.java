package org.rapidin.plugin;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.common.settings.Setting;
import org.rapidin.plugin.artefact.Artefacts;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.dispatch.NativeMemory;
import org.rapidin.plugin.dispatch.QueryGradientCache;
import org.rapidin.plugin.dispatch.TextCeiling;
import org.rapidin.plugin.dispatch.VectorMemory;
import org.rapidin.plugin.gpu.NodeGpuSettings;
import org.rapidin.plugin.handle.GradientStore;
import org.rapidin.plugin.scan.ScanPermits;

/** The settings of the plugin; each is documented where it is defined. */
final class PluginSettings {
  private PluginSettings() {}

  static List<Setting<?>> all() {
    List<Setting<?>> settings =
        new ArrayList<>(
            List.of(
                LocalGradients.THREADS,
                LocalGradients.QUEUE_SIZE,
                LocalGradients.DEVICE,
                QueryGradientCache.SIZE,
                GradientStore.TIME_TO_LIVE,
                VectorMemory.LIMIT,
                Artefacts.CACHE_SIZE,
                TextCeiling.MAX_CHARACTERS,
                ScanPermits.THREADS));
    settings.addAll(NativeMemory.settings());
    settings.addAll(NodeGpuSettings.settings());
    return settings;
  }
}
