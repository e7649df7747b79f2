package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.cluster.snapshots.restore.RestoreSnapshotRequestBuilder;
import org.opensearch.action.admin.indices.shrink.ResizeType;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.IndexService;
import org.opensearch.indices.IndicesService;
import org.opensearch.ingest.PipelineProcessor;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.Plugin;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.mapper.GradientMappings;

/** Indices that could take no document, or not be opened, are refused when they are created. */
public class GradientIndexCheckTests extends TinyNodeTestCase {
  private static final String MAPPING =
      "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"one\"}}}";

  /** OpenSearch's own processor, which a module brings. */
  public static final class PipelinePlugin extends Plugin implements IngestPlugin {
    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
      return Map.of("pipeline", new PipelineProcessor.Factory(parameters.ingestService));
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(PipelinePlugin.class);
    return plugins;
  }

  private void createAttributors() {
    put("one", spec("tiny", 256));
    put("two", spec("tiny", 512));
    putPipeline("of-one", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"one\"}}]}");
    putPipeline("of-two", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"two\"}}]}");
    putPipeline(
        "elsewhere",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"two\",\"target_field\":\"v\"}}]}");
    putPipeline("calls", "{\"processors\":[{\"pipeline\":{\"name\":\"of-two\"}}]}");
  }

  public void testAPipelineOfAnotherAttributorForTheFieldIsRefused() {
    createAttributors();
    for (String setting : List.of("index.default_pipeline", "index.final_pipeline")) {
      for (String pipeline : List.of("of-two", "calls")) {
        assertRefused(
            "writes vectors of attributor [two] into it", () -> create("a", setting, pipeline));
      }
    }
    create("b", "index.default_pipeline", "of-one");
    create("c", "index.default_pipeline", "elsewhere");
    create("d", "index.default_pipeline", "not-put-yet");
  }

  public void testATemplateThatPinsAReplacedAttributorMakesNoIndex() throws IOException {
    createAttributors();
    client()
        .execute(
            PutComposableIndexTemplateAction.INSTANCE,
            new PutComposableIndexTemplateAction.Request("template")
                .indexTemplate(
                    new ComposableIndexTemplate(
                        List.of("from-template-*"),
                        new Template(
                            Settings.builder()
                                .put("index.codec", "rapidin")
                                .put("index.default_pipeline", "of-one")
                                .build(),
                            new CompressedXContent(MAPPING),
                            null),
                        null,
                        null,
                        null,
                        null)))
        .actionGet();
    delete("one", true);
    Map<String, Object> otherSeed = AttributorSpecFormat.toMap(spec("tiny", 256));
    otherSeed.put("compression", Map.of("dimension", 256, "seed", 7));
    put("one", AttributorSpecFormat.fromMap(otherSeed));
    BulkItemResponse item =
        client()
            .prepareBulk()
            .add(
                new IndexRequest("from-template-1")
                    .source(Map.of("instruction", "a", "output", "b")))
            .get()
            .getItems()[0];
    assertThat(item.getFailureMessage(), containsString("which was replaced by one with"));
  }

  public void testACloneOrARestoreUnderAnotherCodecIsRefused() {
    createAttributors();
    create("source", "index.default_pipeline", "of-one");
    client().prepareIndex("source").setSource(Map.of("instruction", "a", "output", "b")).get();
    client()
        .admin()
        .cluster()
        .preparePutRepository("snapshots")
        .setType("fs")
        .setSettings(Settings.builder().put("location", randomAlphaOfLength(8)))
        .get();
    client()
        .admin()
        .cluster()
        .prepareCreateSnapshot("snapshots", "one")
        .setIndices("source")
        .setWaitForCompletion(true)
        .get();
    Settings other = Settings.builder().put("index.codec", "default").build();
    assertRefused(
        "cannot have another index.codec than index [source]",
        () -> restore().setIndexSettings(other).get());
    assertRefused(
        "cannot have another index.codec than index [source]",
        () -> restore().setIgnoreIndexSettings("index.cod*").get());
    restore()
        .setIndexSettings(Settings.builder().put("index.codec", "rapidin_best_compression").build())
        .setWaitForCompletion(true)
        .get();
    ensureGreen("restored");
    client()
        .admin()
        .indices()
        .prepareUpdateSettings("source")
        .setSettings(Settings.builder().put("index.blocks.write", true))
        .get();
    assertRefused("cannot have another index.codec than index [source]", () -> resize(other));
    resize(Settings.EMPTY);
    ensureGreen("clone");
  }

  /** Other users of the cluster create indices, too, with many fields. */
  public void testAMappingWithoutAGradientFieldIsNotParsed() {
    String fields =
        IntStream.range(0, 900)
            .mapToObj("\"field-%s\":{\"type\":\"keyword\"}"::formatted)
            .collect(Collectors.joining(","));
    client()
        .admin()
        .indices()
        .prepareCreate("wide")
        .setMapping("{\"properties\":{" + fields + "}}")
        .get();
    IndexService index =
        getInstanceFromNode(IndicesService.class).indexServiceSafe(resolveIndex("wide"));
    GradientIndexCheck check =
        new GradientIndexCheck(
            getInstanceFromNode(ClusterService.class)::state, new GradientMappings());
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    check.validate(index.mapperService(), index.getIndexSettings());
    long before = thread.getCurrentThreadAllocatedBytes();
    check.validate(index.mapperService(), index.getIndexSettings());
    long allocated = thread.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated + " bytes", allocated < fields.length());
  }

  private RestoreSnapshotRequestBuilder restore() {
    return client()
        .admin()
        .cluster()
        .prepareRestoreSnapshot("snapshots", "one")
        .setRenamePattern("source")
        .setRenameReplacement("restored");
  }

  private void resize(Settings settings) {
    client()
        .admin()
        .indices()
        .prepareResizeIndex("source", "clone")
        .setResizeType(ResizeType.CLONE)
        .setSettings(
            Settings.builder()
                .put(settings)
                .put("index.number_of_replicas", 0)
                .putNull("index.blocks.write")
                .build())
        .get();
  }

  private void create(String index, String setting, String pipeline) {
    client()
        .admin()
        .indices()
        .prepareCreate(index)
        .setSettings(
            Settings.builder()
                .put("index.codec", "rapidin")
                .put("index.number_of_replicas", 0)
                .put(setting, pipeline))
        .setMapping(MAPPING)
        .get();
  }

  private static void assertRefused(String sentence, Runnable request) {
    Exception thrown = expectThrows(Exception.class, request::run);
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(thrown));
    assertThat(ExceptionsHelper.stackTrace(thrown), containsString(sentence));
  }
}
