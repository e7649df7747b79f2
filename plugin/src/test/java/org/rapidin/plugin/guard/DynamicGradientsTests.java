package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.indices.template.put.PutComponentTemplateAction;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.cluster.metadata.ComponentTemplate;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.plugins.Plugin;
import org.rapidin.scorer.ElementType;

/** No document makes the gradient field that it brings a vector for. */
public class DynamicGradientsTests extends GradientDocumentsTestCase {

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(RawVectorWriteTests.DenyingPlugin.class);
    return plugins;
  }

  /** A gradient field's parameters with all pins, as somebody may copy them from a mapping. */
  private String pinned() throws Exception {
    createAttributor();
    createIndex("copied", "demo", "influence");
    Map<String, Object> mapping =
        getInstanceFromNode(ClusterService.class)
            .state()
            .metadata()
            .index("copied")
            .mapping()
            .sourceAsMap();
    Map<?, ?> fields = (Map<?, ?>) mapping.get("properties");
    try (XContentBuilder json = XContentBuilder.builder(XContentType.JSON.xContent())) {
      return json.value(fields.get("gradient")).toString();
    }
  }

  private static String withSource(String parts) {
    return "{\"_source\":{\"excludes\":[\"*gradient_vector\",\"grad*\"]},%s}".formatted(parts);
  }

  private static String template(String match, String mapping) {
    return withSource(
        "\"dynamic_templates\":[{\"made\":{\"match\":\"%s\",\"mapping\":%s}}]"
            .formatted(match, mapping));
  }

  /** Mappings by which a document would make a gradient field → what the error names. */
  private Map<String, String> mappings() throws Exception {
    String pinned = pinned();
    return Map.of(
        template("grad*", pinned),
        "dynamic template [made] would make a field of type [gradient_vector]",
        template(
            "outer",
            "{\"type\":\"object\",\"properties\":{\"gradient_vector\":%s}}".formatted(pinned)),
        "dynamic template [made] would make a field of type [gradient_vector]",
        withSource("\"dynamic_properties\":{\"grad*\":%s}".formatted(pinned)),
        "dynamic property [grad*] would make a field of type [gradient_vector]");
  }

  public void testAMappingOrTemplateOfSuchFieldsIsRefused() throws Exception {
    Map<String, String> mappings = mappings();
    client().admin().indices().prepareCreate("later").setSettings(SETTINGS).get();
    for (Map.Entry<String, String> entry : mappings.entrySet()) {
      String mapping = entry.getKey();
      for (Runnable request :
          List.<Runnable>of(
              () -> create("refused", mapping),
              () ->
                  client()
                      .admin()
                      .indices()
                      .preparePutMapping("later")
                      .setSource(mapping, XContentType.JSON)
                      .get(),
              () -> putComponent(mapping))) {
        Exception refused = expectThrows(Exception.class, request::run);
        assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(refused));
        assertThat(ExceptionsHelper.stackTrace(refused), containsString(entry.getValue()));
      }
    }
  }

  private void create(String index, String mapping) {
    client().admin().indices().prepareCreate(index).setSettings(SETTINGS).setMapping(mapping).get();
  }

  private void putComponent(String mapping) {
    try {
      Template template = new Template(null, new CompressedXContent(mapping), null);
      client()
          .execute(
              PutComponentTemplateAction.INSTANCE,
              new PutComponentTemplateAction.Request("component")
                  .componentTemplate(new ComponentTemplate(template, 1L, null)))
          .actionGet();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The type of the inner field is not known before there is a document. */
  public void testAFieldWhoseTypeIsANameInTheDocumentIsRefusedInEveryForm() throws Exception {
    String inner = pinned().replace("\"gradient_vector\"", "\"{name}\"");
    String mapping =
        template(
            "gradient_vector",
            "{\"type\":\"object\",\"properties\":{\"inner\":%s}}".formatted(inner));
    float[] vector = new float[DIMENSION];
    vector[3] = 1;
    byte[] row = ElementType.FLOAT16.encode(vector);
    for (String dynamic : List.of("true", "strict_allow_templates", "false_allow_templates")) {
      String index = "named-" + dynamic;
      create(index, mapping.replaceFirst("\\{", "{\"dynamic\":\"%s\",".formatted(dynamic)));
      for (Object value : List.of(vector, Base64.getEncoder().encodeToString(row), row)) {
        BulkItemResponse item =
            bulk(
                new IndexRequest(index)
                    .setPipeline("_none")
                    .source("gradient_vector", Map.of("inner", value)));
        assertTrue(dynamic, item.isFailed());
        assertEquals(RestStatus.BAD_REQUEST, item.status());
        assertThat(
            item.getFailureMessage(),
            containsString(
                "field [gradient_vector.inner] of type [gradient_vector] cannot be made by a dynamic"));
      }
      assertEquals(0, hits(index));
    }
  }
}
