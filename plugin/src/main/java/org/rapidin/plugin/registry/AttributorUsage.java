package org.rapidin.plugin.registry;

import java.util.SortedSet;
import java.util.TreeSet;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;
import org.rapidin.plugin.mapper.GradientFields;

/**
 * Who depends on an attributor.
 *
 * @param indices whose mapping has a field of it
 * @param pipelines that have a processor of it
 */
record AttributorUsage(SortedSet<String> indices, SortedSet<String> pipelines) {

  static AttributorUsage of(String id, ClusterState state) {
    SortedSet<String> indices = new TreeSet<>();
    for (IndexMetadata index : state.metadata()) {
      if (names(index, id)) {
        indices.add(index.getIndex().getName());
      }
    }
    SortedSet<String> pipelines = new TreeSet<>();
    IngestMetadata ingest = state.metadata().custom(IngestMetadata.TYPE);
    if (ingest != null) {
      for (PipelineConfiguration pipeline : ingest.getPipelines().values()) {
        if (PipelineAttributors.in(pipeline.getConfigAsMap()).containsKey(id)) {
          pipelines.add(pipeline.getId());
        }
      }
    }
    return new AttributorUsage(indices, pipelines);
  }

  boolean isUsed() {
    return !indices.isEmpty() || !pipelines.isEmpty();
  }

  @Override
  public String toString() {
    return "indices " + indices + " and pipelines " + pipelines;
  }

  private static boolean names(IndexMetadata index, String id) {
    return index.mapping() != null
        && GradientFields.in(index.mapping().sourceAsMap()).values().stream()
            .anyMatch(field -> id.equals(field.get("attributor")));
  }
}
