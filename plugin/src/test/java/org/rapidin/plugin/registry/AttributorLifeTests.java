package org.rapidin.plugin.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.admin.indices.datastream.CreateDataStreamAction;
import org.opensearch.action.admin.indices.datastream.DeleteDataStreamAction;
import org.opensearch.action.admin.indices.template.put.PutComponentTemplateAction;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.admin.indices.template.put.PutIndexTemplateRequest;
import org.opensearch.cluster.metadata.ComponentTemplate;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.io.IOUtils;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** What becomes of an attributor from PUT to DELETE; no native library is loaded. */
public class AttributorLifeTests extends TinyNodeTestCase {

  public void testPutPinsFingerprintAndTheNormOfLayerNormalisedGradients() {
    RegisteredAttributor put = put("demo", spec("tiny", 256));
    assertEquals(64, put.fingerprint().length());
    // 2 layers × 2 adapted modules × 2 matrices
    assertEquals(Math.sqrt(8), put.scoreScale(), 1e-12);
    assertEquals(List.of(put), attributors("demo"));
    assertEquals(List.of(put), attributors(null));
  }

  public void testPuttingTheSameAgainChangesNothingAndAnotherSpecIsRefused() {
    RegisteredAttributor first = put("demo", spec("tiny", 256));
    assertEquals(first, put("demo", spec("tiny", 256)));
    Exception refused = refused("demo", spec("tiny", 512), RestStatus.CONFLICT);
    assertTrue(refused.getMessage(), refused.getMessage().contains("another spec"));
    assertEquals(List.of(first), attributors(null));
  }

  public void testOtherFilesUnderTheSameNameAreRefused() throws IOException {
    TinyModelDirectory.write(models().resolve("changing"), 2);
    put("demo", spec("changing", 256));
    TinyModelDirectory.write(models().resolve("changing"), 3);
    Exception refused = refused("demo", spec("changing", 256), RestStatus.CONFLICT);
    assertTrue(refused.getMessage(), refused.getMessage().contains("other model files"));
  }

  public void testPuttingTheSameAgainIsAcceptedWhileNoNodeHasTheModel() throws IOException {
    TinyModelDirectory.write(models().resolve("away"), 2);
    RegisteredAttributor first = put("demo", spec("away", 256));
    IOUtils.rm(models().resolve("away"));
    assertEquals(first, put("demo", spec("away", 256)));
    refused("demo", spec("away", 512), RestStatus.BAD_REQUEST);
  }

  public void testModelsThatCannotServeAreRefusedByName() throws IOException {
    String missing = refused("a", spec("nowhere", 256), RestStatus.BAD_REQUEST).getMessage();
    assertTrue(missing, missing.contains("config/rapidin/models/nowhere"));

    TinyModelDirectory.write(models().resolve("headless"), 1);
    Files.delete(models().resolve("headless").resolve("model.safetensors"));
    String lacks = refused("a", spec("headless", 256), RestStatus.BAD_REQUEST).getMessage();
    assertTrue(lacks, lacks.contains("model.safetensors"));

    TinyModelDirectory.write(models().resolve("alien"), 1);
    Path config = models().resolve("alien").resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"llama\"", "\"alien\""));
    String alien = refused("a", spec("alien", 256), RestStatus.BAD_REQUEST).getMessage();
    assertTrue(alien, alien.contains("model_type [alien]"));
    assertTrue(attributors(null).isEmpty());
  }

  public void testDeletingWhatPipelinesAndIndicesUseIsRefusedUnlessForced() {
    put("demo", spec("tiny", 256));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("train", "demo", "influence");
    OpenSearchStatusException used =
        expectThrows(OpenSearchStatusException.class, () -> delete("demo", false));
    assertEquals(RestStatus.CONFLICT, used.status());
    assertTrue(used.getMessage(), used.getMessage().contains("[train]"));
    assertTrue(used.getMessage(), used.getMessage().contains("[influence]"));
    delete("demo", true);
    assertTrue(attributors(null).isEmpty());
  }

  public void testTemplatesOfAllKindsAndDataStreamsAreUsers() throws IOException {
    put("demo", spec("tiny", 256));
    CompressedXContent mapping =
        new CompressedXContent(
            "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":"
                + "\"demo\"}}}");
    Settings codec = Settings.builder().put("index.codec", "rapidin").build();
    client()
        .execute(
            PutComponentTemplateAction.INSTANCE,
            new PutComponentTemplateAction.Request("a-component")
                .componentTemplate(
                    new ComponentTemplate(new Template(codec, mapping, null), null, null)))
        .actionGet();
    assertUsedBy("component templates [a-component]");
    client()
        .admin()
        .indices()
        .putTemplate(
            new PutIndexTemplateRequest("an-old-template")
                .patterns(List.of("old-*"))
                .settings(codec)
                .mapping(mapping.string(), XContentType.JSON))
        .actionGet();
    assertUsedBy("index templates [an-old-template]");
    client()
        .execute(
            PutComposableIndexTemplateAction.INSTANCE,
            new PutComposableIndexTemplateAction.Request("a-template")
                .indexTemplate(
                    new ComposableIndexTemplate(
                        List.of("stream-*"),
                        new Template(codec, mapping, null),
                        null,
                        null,
                        null,
                        null,
                        new ComposableIndexTemplate.DataStreamTemplate())))
        .actionGet();
    assertUsedBy("index templates [a-template, an-old-template]");
    client()
        .execute(CreateDataStreamAction.INSTANCE, new CreateDataStreamAction.Request("stream-logs"))
        .actionGet();
    assertUsedBy("data streams [stream-logs]");
    client()
        .execute(
            DeleteDataStreamAction.INSTANCE,
            new DeleteDataStreamAction.Request(new String[] {"stream-logs"}))
        .actionGet();
  }

  private void assertUsedBy(String users) {
    OpenSearchStatusException used =
        expectThrows(OpenSearchStatusException.class, () -> delete("demo", false));
    assertTrue(used.getMessage(), used.getMessage().contains(users));
  }

  public void testTheClusterStateHasNothingOfOursAfterTheLastDelete() {
    put("demo", spec("tiny", 256));
    assertNotNull(custom());
    delete("demo", true);
    assertNull("a node without the plugin could not join", custom());
  }

  private Metadata.Custom custom() {
    return client()
        .admin()
        .cluster()
        .prepareState()
        .get()
        .getState()
        .metadata()
        .custom(AttributorMetadata.TYPE);
  }

  public void testUnknownIdsAreAnswered404WithTheKnownOnes() {
    put("demo", spec("tiny", 256));
    for (Runnable ask :
        List.<Runnable>of(() -> attributors("nobody"), () -> delete("nobody", false))) {
      ResourceNotFoundException missing = expectThrows(ResourceNotFoundException.class, ask::run);
      assertTrue(missing.getMessage(), missing.getMessage().contains("[demo]"));
    }
  }

  public void testPipelinesMayOnlyNameAttributorsThatAreThere() {
    put("demo", spec("tiny", 256));
    for (String pipeline :
        List.of(
            "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"nobody\"}}]}",
            "{\"processors\":[{\"set\":{\"field\":\"a\",\"value\":1,\"on_failure\":[{\"rapidgrad\":"
                + "{\"attributor\":\"nobody\"}}]}}]}",
            "{\"processors\":[],\"on_failure\":[{\"rapidgrad\":{\"attributor\":\"nobody\"}}]}")) {
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> putPipeline("p", pipeline));
      assertTrue(refused.getMessage(), refused.getMessage().contains("no attributor [nobody]"));
      assertTrue(refused.getMessage(), refused.getMessage().contains("[demo]"));
    }
    IllegalArgumentException field =
        expectThrows(
            IllegalArgumentException.class,
            () ->
                putPipeline(
                    "p",
                    "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\",\"field_map\":"
                        + "{\"instrucion\":\"text\"}}}]}"));
    assertTrue(field.getMessage(), field.getMessage().contains("[instrucion]"));
  }

  private Exception refused(String id, AttributorSpec spec, RestStatus status) {
    Exception refused = expectThrows(Exception.class, () -> put(id, spec));
    assertEquals(refused.toString(), status, ExceptionsHelper.status(refused));
    return refused;
  }
}
