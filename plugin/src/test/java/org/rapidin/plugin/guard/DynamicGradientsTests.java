package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.KnnFloatVectorField;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.mapper.SourceToParse;
import org.opensearch.plugins.Plugin;
import org.rapidin.scorer.ElementType;

/** No document makes the gradient field that it brings a vector for. */
public class DynamicGradientsTests extends EarlierVersionTestCase {

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(RawVectorWriteTests.DenyingPlugin.class);
    return plugins;
  }

  /** A gradient field's parameters with all pins, as a user may copy them from a mapping. */
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
    return "{\"_source\":{\"excludes\":[\"*gradient_vector\",\"grad*\",\"type\",\"r\"]},%s}"
        .formatted(parts);
  }

  private static String template(String match, String mapping) {
    return withSource(
        "\"dynamic_templates\":[{\"made\":{\"match\":\"%s\",\"mapping\":%s}}]"
            .formatted(match, mapping));
  }

  /**
   * A way in which a document would make a gradient field.
   *
   * @param named what the error names
   * @param document makes the field, with a vector in it
   */
  private record Way(String mapping, String named, Map<String, Object> document) {}

  private static String vector() {
    float[] vector = new float[DIMENSION];
    vector[3] = 1;
    return Base64.getEncoder().encodeToString(ElementType.FLOAT16.encode(vector));
  }

  private List<Way> ways() throws Exception {
    String pinned = pinned();
    String byName = pinned.replace("\"gradient_vector\"", "\"{name}\"");
    String object = "{\"type\":\"object\",\"properties\":{\"%s\":%s}}";
    return List.of(
        new Way(template("grad*", pinned), "dynamic template [made]", Map.of("gradient", vector())),
        new Way(
            template("outer", object.formatted("gradient_vector", pinned)),
            "dynamic template [made]",
            Map.of("outer", Map.of("gradient_vector", vector()))),
        new Way(
            withSource("\"dynamic_properties\":{\"grad*\":%s}".formatted(pinned)),
            "dynamic property [grad*]",
            Map.of("gradient", vector())),
        // The type is not known before there is a document.
        new Way(
            template("gradient_vector", object.formatted("inner", byName)),
            "dynamic template [made]",
            Map.of("gradient_vector", Map.of("inner", vector()))),
        // Nor is the key of a pin.
        new Way(
            template(
                "r",
                object.formatted(
                    "inner",
                    pinned
                        .replace("\"gradient_vector\"", "\"gradient_vecto{name}\"")
                        .replace("\"fingerprint\"", "\"finge{name}print\""))),
            "dynamic template [made]",
            Map.of("r", Map.of("inner", vector()))));
  }

  public void testAMappingOrTemplateOfSuchFieldsIsRefused() throws Exception {
    List<Way> ways = new ArrayList<>(ways());
    ways.add(
        new Way(
            withSource(
                "\"dynamic_properties\":{\"typ*\":%s}"
                    .formatted("{\"{name}\":\"gradient_vector\",\"fingerprint\":\"a\"}")),
            "dynamic property [typ*]",
            Map.of()));
    client().admin().indices().prepareCreate("later").setSettings(SETTINGS).get();
    for (Way way : ways) {
      String mapping = way.mapping();
      for (Runnable request :
          List.<Runnable>of(
              () -> create("refused", mapping),
              () -> putMapping("later", mapping),
              () -> putComponent("component", mapping))) {
        Exception refused = expectThrows(Exception.class, request::run);
        assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(refused));
        assertThat(
            ExceptionsHelper.stackTrace(refused),
            containsString(way.named() + " would make a field of type [gradient_vector]"));
      }
    }
  }

  public void testOtherPartsThatUseTheNameOfAFieldAreAccepted() {
    String named = "{\"type\":\"{name}\",\"meta\":{\"of\":\"{name}\"}}";
    create("named", template("gradient_vector", named));
    create("key", template("key*", "{\"{name}\":\"gradient_vector\",\"type\":\"text\"}"));
  }

  private Settings settings() {
    return getInstanceFromNode(ClusterService.class)
        .state()
        .metadata()
        .index("copied")
        .getSettings();
  }

  private List<String> addEarlierIndices(List<Way> ways) throws IOException {
    List<String> names = new ArrayList<>();
    for (Way way : ways) {
      names.add("earlier-" + names.size());
      String mapping =
          shard("copied")
              .mapperService()
              .parse(MapperService.SINGLE_MAPPING_NAME, new CompressedXContent(way.mapping()))
              .mappingSource()
              .string();
      addIndex(names.getLast(), settings(), mapping);
    }
    return names;
  }

  public void testAnIndexOfAnEarlierVersionTakesNoDocumentThatCouldMakeAField() throws Exception {
    List<Way> ways = ways();
    List<String> indices = addEarlierIndices(ways);
    long before = computed();
    for (int i = 0; i < ways.size(); i++) {
      String index = indices.get(i);
      Map<String, Object> document = ways.get(i).document();
      IndexRequest brought = new IndexRequest(index).setPipeline("_none").source(document);
      UpdateRequest update = new UpdateRequest(index, "1").doc(document).docAsUpsert(true);
      BulkItemResponse[] items =
          client()
              .prepareBulk()
              .add(brought)
              .add(update)
              .add(new IndexRequest(index).source(document()))
              .add(new DeleteRequest(index, "1"))
              .get()
              .getItems();
      for (BulkItemResponse item : Arrays.asList(items).subList(0, 3)) {
        assertEquals(RestStatus.BAD_REQUEST, item.status());
        assertThat(
            item.getFailureMessage(),
            containsString("takes no more documents: its " + ways.get(i).named()));
      }
      assertFalse(items[3].getFailureMessage(), items[3].isFailed());
      assertEquals(0, hits(index));
    }
    assertEquals("no gradient is computed", before, computed());
  }

  public void testAnIndexWithoutItsTemplatesTakesDocumentsAgain() throws Exception {
    String index = addEarlierIndices(ways().subList(0, 1)).getFirst();
    putMapping(index, "{\"dynamic_templates\":[]}");
    BulkItemResponse item = bulk(new IndexRequest(index).setPipeline("_none").source("a", 1));
    assertFalse(item.getFailureMessage(), item.isFailed());
  }

  /**
   * A primary of an earlier version has written such a document: a replica or a recovery that
   * refused it would lack an acknowledged document, or recover again and again.
   */
  public void testTheMapperRefusesNoDocumentThatAnEarlierPrimaryHasAccepted() throws Exception {
    List<Way> ways = ways();
    List<String> indices = addEarlierIndices(ways);
    for (int i = 0; i < ways.size(); i++) {
      BytesReference source =
          BytesReference.bytes(XContentFactory.jsonBuilder().map(ways.get(i).document()));
      ParsedDocument parsed =
          shard(indices.get(i))
              .mapperService()
              .documentMapper()
              .parse(new SourceToParse(indices.get(i), "1", source, XContentType.JSON));
      boolean made = parsed.rootDoc().getField("gradient") instanceof KnnFloatVectorField;
      boolean waits = parsed.dynamicMappingsUpdate() != null; // a replica tries again with it
      assertTrue(ways.get(i).mapping(), made || waits);
    }
  }
}
