package org.rapidin.plugin.query;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.Version;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.plugins.SearchPlugin;
import org.rapidin.plugin.artefact.NoArtefacts;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.mapper.FieldTypePlugin;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.TestAttributors;

/** The field type and the query, with gradients of noise, and a cluster with one index. */
public final class InfluenceQueryPlugin extends FieldTypePlugin implements SearchPlugin {
  static final String FIELD = "gradient";
  static final String INDEX = "train";

  // OpenSearch creates the plugin itself, before a test class has a client.
  private static GradientHandles handles;

  /** Sets where gradients are kept; null after the last test. */
  static void handles(GradientHandles created) {
    handles = created;
  }

  @Override
  public List<QuerySpec<?>> getQueries() {
    return List.of(
        new QuerySpec<>(
            InfluenceQueryBuilder.NAME,
            in -> new InfluenceQueryBuilder(in, InfluenceQueryPlugin::coordinator),
            parser ->
                InfluenceQueryBuilder.fromXContent(parser, InfluenceQueryPlugin::coordinator)));
  }

  static CoordinatorRewrite coordinator() {
    return new CoordinatorRewrite(
        new FakeGradients(),
        handles,
        id -> Optional.of(TestAttributors.require(id)),
        InfluenceQueryPlugin::state,
        new IndexNameExpressionResolver(new ThreadContext(Settings.EMPTY)),
        new GradientMappings(),
        source -> false,
        new NoArtefacts());
  }

  private static ClusterState state() {
    IndexMetadata.Builder index =
        IndexMetadata.builder(INDEX)
            .settings(
                Settings.builder()
                    .put("index.version.created", Version.CURRENT)
                    .put("index.codec", "rapidin"))
            .numberOfShards(1)
            .numberOfReplicas(0);
    try {
      index.putMapping(mapping());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ClusterState.builder(ClusterName.DEFAULT)
        .metadata(Metadata.builder().put(index))
        .build();
  }

  static String mapping() throws IOException {
    Map<String, Object> fields = Map.of(FIELD, TestAttributors.pinnedField("demo"));
    return XContentFactory.jsonBuilder()
        .map(Map.of("_doc", Map.of("properties", fields)))
        .toString();
  }
}
