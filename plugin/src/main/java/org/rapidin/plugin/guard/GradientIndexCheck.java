package org.rapidin.plugin.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.IndexCreationValidator;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.codec.GradientCodecs;
import org.rapidin.plugin.mapper.CopiedGradients;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.GradientVectorFieldType;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.mapper.RecoverySource;
import org.rapidin.plugin.registry.PipelineAttributors;
import org.rapidin.plugin.registry.PipelineAttributors.Target;

/**
 * Refuses to create an index that could not take any document: its pipeline is of another
 * attributor than the field that it writes into, a template pins an attributor that has been
 * replaced since, its templates together leave vectors out of the recovery source or copy values
 * into a gradient field, or a resized index would lose the codec. Runs on the cluster manager, and
 * reads no mapping without a gradient field. What is not known at that time, such as a pipeline
 * that is put later, is checked with each document.
 */
public final class GradientIndexCheck implements IndexCreationValidator {
  private final Supplier<ClusterState> state;
  private final GradientMappings mappings;

  /**
   * @param state of the cluster, as this node sees it now
   * @param mappings which indices have gradient fields
   */
  public GradientIndexCheck(Supplier<ClusterState> state, GradientMappings mappings) {
    this.state = state;
    this.mappings = mappings;
  }

  @Override
  public void validate(MapperService mapperService, IndexSettings indexSettings) {
    ClusterState now = state.get();
    checkResize(now, indexSettings);
    List<GradientVectorFieldType> gradients = gradients(mapperService);
    if (gradients.isEmpty()) {
      return;
    }
    // Merged from the request and all templates, each of which may be sound alone.
    CompressedXContent source = mapperService.documentMapper().mappingSource();
    Map<String, Object> mapping =
        XContentHelper.convertToMap(source.uncompressed(), true, XContentType.JSON).v2();
    RecoverySource.require(mapping);
    CopiedGradients.refuse(mapping);
    Settings settings = indexSettings.getSettings();
    for (GradientVectorFieldType gradient : gradients) {
      checkAttributor(now, gradient);
      checkPipeline(now, gradient, IndexSettings.DEFAULT_PIPELINE.get(settings));
      checkPipeline(now, gradient, IndexSettings.FINAL_PIPELINE.get(settings));
    }
  }

  private static List<GradientVectorFieldType> gradients(MapperService mapperService) {
    List<GradientVectorFieldType> gradients = new ArrayList<>();
    for (MappedFieldType type : mapperService.fieldTypes()) {
      if (type instanceof GradientVectorFieldType gradient) {
        gradients.add(gradient);
      }
    }
    return gradients;
  }

  private void checkResize(ClusterState now, IndexSettings target) {
    Settings settings = target.getSettings();
    IndexMetadata source =
        now.metadata().index(settings.get(IndexMetadata.INDEX_RESIZE_SOURCE_NAME_KEY, ""));
    Set<String> fields = mappings.gradients(source);
    if (!fields.isEmpty() && !GradientCodecs.isChosen(settings)) {
      throw new IllegalArgumentException(
          codecRefused(target.getIndex().getName(), source.getIndex().getName(), fields));
    }
  }

  /** Returns why a copy of an index with gradient fields cannot have another codec. */
  static String codecRefused(String copy, String source, Set<String> fields) {
    return "index [%s] cannot have another index.codec than index [%s], whose gradient vectors in %s need it: leave index.codec out, or set it to one of %s"
        .formatted(copy, source, fields, GradientCodecs.NAMES);
  }

  private static void checkAttributor(ClusterState now, GradientVectorFieldType field) {
    PinnedAttributor pins = field.pins();
    RegisteredAttributor registered =
        AttributorMetadata.of(now).attributors().get(pins.attributor());
    if (registered != null && !registered.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] is of attributor [%s] with fingerprint [%s], which was replaced by one with fingerprint [%s]: put the template that has the field again, without fingerprint, dimension, similarity and score_scale"
              .formatted(
                  field.name(), pins.attributor(), pins.fingerprint(), registered.fingerprint()));
    }
  }

  private static void checkPipeline(
      ClusterState now, GradientVectorFieldType field, String pipeline) {
    IngestMetadata ingest = now.metadata().custom(IngestMetadata.TYPE);
    Map<String, PipelineConfiguration> all = ingest == null ? Map.of() : ingest.getPipelines();
    String attributor = field.pins().attributor();
    for (Target target : PipelineAttributors.targets(pipeline, all)) {
      if (target.field().equals(field.name()) && !target.attributor().equals(attributor)) {
        throw new IllegalArgumentException(
            "field [%s] is of attributor [%s], and the index's pipeline [%s] writes vectors of attributor [%s] into it: name a pipeline of the field's attributor"
                .formatted(field.name(), attributor, pipeline, target.attributor()));
      }
    }
  }
}
