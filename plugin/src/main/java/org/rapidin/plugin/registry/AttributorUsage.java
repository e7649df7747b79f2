package org.rapidin.plugin.registry;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
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
 * Looks for what depends on an attributor: indices and data streams with a field of it, pipelines
 * with a processor of it, and templates that would make such indices. Parses each of them once,
 * however many cluster states it is part of. Used by one thread at a time.
 */
final class AttributorUsage {
  private final String id;
  private final GradientMappings mappings;
  // By what was parsed: cluster states share what did not change between them.
  private final Map<Object, Boolean> parsed = new IdentityHashMap<>();

  /**
   * @param id of the attributor
   * @param mappings those of indices that it has parsed are not parsed again
   */
  AttributorUsage(String id, GradientMappings mappings) {
    this.id = id;
    this.mappings = mappings;
  }

  /** Id of the attributor. */
  String id() {
    return id;
  }

  /** How many mappings, templates and pipelines were parsed. */
  int parsed() {
    return parsed.size();
  }

  /** Finds users in a cluster state; parses what has changed since the last one. */
  AttributorUsers in(ClusterState state) {
    AttributorUsers users = new AttributorUsers();
    Metadata metadata = state.metadata();
    addIndices(metadata, users);
    IngestMetadata ingest = metadata.custom(IngestMetadata.TYPE);
    if (ingest != null) {
      for (PipelineConfiguration pipeline : ingest.getPipelines().values()) {
        if (names(pipeline)) {
          users.add("pipelines", pipeline.getId());
        }
      }
    }
    addTemplates(metadata, users);
    return users;
  }

  private void addIndices(Metadata metadata, AttributorUsers users) {
    for (IndexMetadata index : metadata) {
      if (names(index)) {
        users.add("indices", index.getIndex().getName());
      }
    }
    for (DataStream stream : metadata.dataStreams().values()) {
      if (stream.getIndices().stream().anyMatch(index -> names(metadata.getIndexSafe(index)))) {
        users.add("data streams", stream.getName());
      }
    }
  }

  private void addTemplates(Metadata metadata, AttributorUsers users) {
    for (IndexTemplateMetadata template : metadata.templates().values()) {
      if (names(template.mappings())) {
        users.add("index templates", template.name());
      }
    }
    for (Map.Entry<String, ComposableIndexTemplate> template : metadata.templatesV2().entrySet()) {
      if (names(template.getValue().template())) {
        users.add("index templates", template.getKey());
      }
    }
    for (Map.Entry<String, ComponentTemplate> template : metadata.componentTemplates().entrySet()) {
      if (names(template.getValue().template())) {
        users.add("component templates", template.getKey());
      }
    }
  }

  private boolean names(IndexMetadata index) {
    return GradientMappings.mayHaveGradients(index)
        && once(index.mapping(), () -> mappings.uses(index, id));
  }

  private boolean names(PipelineConfiguration pipeline) {
    return once(pipeline, () -> PipelineAttributors.in(pipeline.getConfigAsMap()).containsKey(id));
  }

  private boolean names(Template template) {
    return template != null && names(template.mappings());
  }

  private boolean names(CompressedXContent mapping) {
    return mapping != null
        && once(
            mapping,
            () ->
                names(
                    XContentHelper.convertToMap(mapping.uncompressed(), true, XContentType.JSON)
                        .v2()));
  }

  private boolean names(Map<String, Object> mapping) {
    return GradientFields.in(mapping).values().stream()
        .anyMatch(field -> id.equals(field.get("attributor")));
  }

  private boolean once(Object what, BooleanSupplier parse) {
    return parsed.computeIfAbsent(what, any -> parse.getAsBoolean());
  }
}
