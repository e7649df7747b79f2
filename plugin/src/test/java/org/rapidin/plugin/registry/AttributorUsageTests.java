package org.rapidin.plugin.registry;

import java.io.IOException;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.ComponentTemplate;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;
import org.opensearch.test.OpenSearchTestCase;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * What uses an attributor is parsed once, so that the thread that changes the cluster state parses
 * only what has changed since.
 */
public class AttributorUsageTests extends OpenSearchTestCase {
  private final GradientMappings mappings = new GradientMappings();
  private final AttributorUsage usage = new AttributorUsage("demo", mappings);

  private static String mapping(String attributor) {
    return "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"%s\"}}}"
        .formatted(attributor);
  }

  private static ComponentTemplate template(String attributor) throws IOException {
    CompressedXContent mapping = new CompressedXContent(mapping(attributor));
    return new ComponentTemplate(new Template(Settings.EMPTY, mapping, null), null, null);
  }

  private static PipelineConfiguration pipeline(String id, String attributor) {
    return new PipelineConfiguration(
        id,
        new BytesArray(
            "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"%s\"}}]}".formatted(attributor)),
        XContentType.JSON);
  }

  private static IndexMetadata index(String name, String attributor) throws IOException {
    return IndexMetadata.builder(name)
        .settings(
            settings(Version.CURRENT)
                .put("index.codec", "rapidin")
                .put(IndexMetadata.SETTING_INDEX_UUID, name + attributor))
        .numberOfShards(1)
        .numberOfReplicas(0)
        .putMapping(mapping(attributor))
        .build();
  }

  private static ClusterState state(Metadata.Builder metadata) {
    return ClusterState.builder(new ClusterName("test")).metadata(metadata).build();
  }

  private void assertUsers(String users, int parsed, ClusterState state) {
    assertEquals(users, usage.in(state).toString());
    assertEquals(users, new AttributorUsage("demo", mappings).in(state).toString());
    assertEquals(parsed, usage.parsed());
  }

  public void testOnlyWhatHasChangedIsParsedAgain() throws IOException {
    Map<String, PipelineConfiguration> pipelines =
        Map.of("a", pipeline("a", "other"), "b", pipeline("b", "other"));
    ClusterState first =
        state(
            Metadata.builder()
                .put(index("train", "other"), false)
                .put(index("test", "other"), false)
                .put("one", template("other"))
                .put("two", template("other"))
                .putCustom(IngestMetadata.TYPE, new IngestMetadata(pipelines)));
    assertUsers("", 6, first);
    assertUsers("", 6, state(Metadata.builder(first.metadata()).version(7)));
    ClusterState second = state(Metadata.builder(first.metadata()).put("two", template("demo")));
    assertUsers("component templates [two]", 7, second);
    ClusterState third =
        state(
            Metadata.builder(second.metadata())
                .put(index("train", "demo"), true)
                .putCustom(
                    IngestMetadata.TYPE,
                    new IngestMetadata(
                        Map.of("a", pipelines.get("a"), "b", pipeline("b", "demo")))));
    assertUsers("indices [train] and pipelines [b] and component templates [two]", 9, third);
    assertUsers("", 9, first);
  }

  /** Settings and places of shards change often, mappings do not. */
  public void testAnIndexWithTheSameMappingIsNotParsedAgain() throws IOException {
    ClusterState first = state(Metadata.builder().put(index("train", "demo"), false));
    assertUsers("indices [train]", 1, first);
    IndexMetadata.Builder changed =
        IndexMetadata.builder(first.metadata().index("train")).numberOfReplicas(2);
    assertUsers("indices [train]", 1, state(Metadata.builder(first.metadata()).put(changed)));
  }
}
