package org.rapidin.plugin.registry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.ComponentTemplate;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.DataStream;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexTemplateMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;
import org.rapidin.plugin.mapper.GradientFields;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * What depends on an attributor: indices and data streams with a field of it, pipelines with a
 * processor of it, and templates that would make such indices.
 */
final class AttributorUsage {
  private final String id;
  private final Map<String, SortedSet<String>> users = new LinkedHashMap<>();

  private AttributorUsage(String id) {
    this.id = id;
  }

  /**
   * Looks for users in the cluster state.
   *
   * @param mappings those of indices that it has parsed are not parsed again
   */
  static AttributorUsage of(String id, ClusterState state, GradientMappings mappings) {
    AttributorUsage usage = new AttributorUsage(id);
    Metadata metadata = state.metadata();
    usage.addIndices(metadata, mappings);
    IngestMetadata ingest = metadata.custom(IngestMetadata.TYPE);
    if (ingest != null) {
      for (PipelineConfiguration pipeline : ingest.getPipelines().values()) {
        if (PipelineAttributors.in(pipeline.getConfigAsMap()).containsKey(id)) {
          usage.add("pipelines", pipeline.getId());
        }
      }
    }
    usage.addTemplates(metadata);
    return usage;
  }

  private void addIndices(Metadata metadata, GradientMappings mappings) {
    for (IndexMetadata index : metadata) {
      if (mappings.uses(index, id)) {
        add("indices", index.getIndex().getName());
      }
    }
    SortedSet<String> indices = users.getOrDefault("indices", new TreeSet<>());
    for (DataStream stream : metadata.dataStreams().values()) {
      if (stream.getIndices().stream().anyMatch(index -> indices.contains(index.getName()))) {
        add("data streams", stream.getName());
      }
    }
  }

  private void addTemplates(Metadata metadata) {
    for (IndexTemplateMetadata template : metadata.templates().values()) {
      if (names(template.mappings())) {
        add("index templates", template.name());
      }
    }
    for (Map.Entry<String, ComposableIndexTemplate> template : metadata.templatesV2().entrySet()) {
      if (names(template.getValue().template())) {
        add("index templates", template.getKey());
      }
    }
    for (Map.Entry<String, ComponentTemplate> template : metadata.componentTemplates().entrySet()) {
      if (names(template.getValue().template())) {
        add("component templates", template.getKey());
      }
    }
  }

  private void add(String kind, String name) {
    users.computeIfAbsent(kind, none -> new TreeSet<>()).add(name);
  }

  boolean isUsed() {
    return !users.isEmpty();
  }

  /** Names everything, such as {@code indices [a, b] and pipelines [c]}. */
  @Override
  public String toString() {
    return users.entrySet().stream()
        .map(kind -> kind.getKey() + " " + kind.getValue())
        .collect(Collectors.joining(" and "));
  }

  private boolean names(Template template) {
    return template != null && names(template.mappings());
  }

  private boolean names(CompressedXContent mapping) {
    return mapping != null
        && names(XContentHelper.convertToMap(mapping.uncompressed(), true, XContentType.JSON).v2());
  }

  private boolean names(Map<String, Object> mapping) {
    return GradientFields.in(mapping).values().stream()
        .anyMatch(field -> id.equals(field.get("attributor")));
  }
}
