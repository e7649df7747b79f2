package org.rapidin.plugin;

import java.util.List;
import org.opensearch.cluster.NamedDiff;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.artefact.FitProgress;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.compare.CompareProgress;
import org.rapidin.plugin.node.ShardsProgress;

/** What OpenSearch reads by its name: the attributors of the cluster state, and status of tasks. */
final class PluginNames {
  private PluginNames() {}

  static List<NamedWriteableRegistry.Entry> writeables() {
    return List.of(
        new NamedWriteableRegistry.Entry(
            Metadata.Custom.class, AttributorMetadata.TYPE, AttributorMetadata::new),
        new NamedWriteableRegistry.Entry(
            NamedDiff.class, AttributorMetadata.TYPE, AttributorMetadata::readDiffFrom),
        new NamedWriteableRegistry.Entry(
            Task.Status.class, ShardsProgress.NAME, ShardsProgress::read),
        new NamedWriteableRegistry.Entry(Task.Status.class, FitProgress.NAME, FitProgress::read),
        new NamedWriteableRegistry.Entry(
            Task.Status.class, CompareProgress.NAME, CompareProgress::read));
  }

  static List<NamedXContentRegistry.Entry> contents() {
    return List.of(
        new NamedXContentRegistry.Entry(
            Metadata.Custom.class,
            new ParseField(AttributorMetadata.TYPE),
            AttributorMetadata::fromXContent));
  }
}
