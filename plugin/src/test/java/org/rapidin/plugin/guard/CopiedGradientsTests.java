package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.KnnFloatVectorField;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.mapper.SourceToParse;
import org.rapidin.scorer.ElementType;

/** No value of another field becomes a vector: it is in _source, and asks for no permission. */
public class CopiedGradientsTests extends EarlierVersionTestCase {
  private static final String NOTES = "\"notes\":{\"type\":\"binary\"}";
  private static final String COPY = "\"notes\":{\"type\":\"binary\",\"copy_to\":[\"gradient\"]}";
  private static final String TEMPLATE =
      "\"dynamic_templates\":[{\"made\":{\"match\":\"%s\",\"mapping\":{\"type\":\"binary\",%s}}}]";

  private static String properties(String... fields) {
    return "{\"_source\":{\"excludes\":[\"gradient\",\"a.gradient\"]},\"properties\":{%s}}"
        .formatted(String.join(",", fields));
  }

  private static String withTemplate(String match, String copy, String... fields) {
    return properties(fields)
        .replace("\"properties\"", TEMPLATE.formatted(match, copy) + ",\"properties\"");
  }

  private static void assertRefused(String part, Runnable request) {
    Exception refused = expectThrows(Exception.class, request::run);
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(refused));
    assertThat(
        ExceptionsHelper.stackTrace(refused),
        containsString(part + " would copy values into a field of type [gradient_vector]"));
  }

  public void testAMappingOrTemplateThatCopiesIsRefused() {
    createAttributor();
    create("later", properties());
    Map<String, String> mappings =
        Map.of(
            properties(FIELD, COPY),
            "field [notes]",
            properties(FIELD, COPY.replace("[\"gradient\"]", "\"gradient\"")),
            "field [notes]",
            properties(
                "\"a\":{\"properties\":{%s,\"n\":{\"type\":\"text\",\"copy_to\":[\"b\",\"a.gradient\"]}}}"
                    .formatted(FIELD)),
            "field [a.n]",
            withTemplate("n*", "\"copy_to\":\"gradient\"", FIELD),
            "dynamic template [made]",
            withTemplate("gradient_2", "\"copy_to\":\"{name}\"", FIELD),
            "dynamic template [made]",
            withTemplate("x", "\"c{name}\":[\"gra{dynamic_{name}}t\"]", FIELD),
            "dynamic template [made]");
    mappings.forEach(
        (mapping, part) -> {
          assertRefused(part, () -> create("refused", mapping));
          assertRefused(part, () -> putMapping("later", mapping));
          assertRefused(part, () -> putComponent("component", mapping));
        });
  }

  public void testMappingsThatTogetherCopyAreRefused() {
    createAttributor();
    create("copy", properties(COPY));
    assertRefused("field [notes]", () -> putMapping("copy", properties(FIELD)));
    create("field", properties(FIELD));
    assertRefused("field [notes]", () -> putMapping("field", properties(COPY)));
    assertRefused(
        "dynamic template [made]",
        () ->
            putMapping(
                "field", "{%s}".formatted(TEMPLATE.formatted("n*", "\"copy_to\":\"gradient\""))));
    putComponent("copy", properties(COPY));
    putComponent("field", properties(FIELD));
    putComposed("composed", List.of("field", "copy"));
    assertRefused(
        "field [notes]", () -> client().admin().indices().prepareCreate("composed-1").get());
  }

  public void testOtherCopiesAreAccepted() {
    createAttributor();
    create(
        "others",
        withTemplate(
            "n*",
            "\"copy_to\":\"all_{name}\"",
            FIELD,
            "\"title\":{\"type\":\"text\",\"copy_to\":\"words\"}"));
    putMapping("others", properties("\"body\":{\"type\":\"text\",\"copy_to\":[\"words\"]}"));
    BulkItemResponse item =
        bulk(new IndexRequest("others").source("instruction", "a", "output", "b", "body", "c"));
    assertFalse(item.getFailureMessage(), item.isFailed());
    create("moved", properties(COPY));
    putMapping("moved", properties(FIELD, NOTES));
    assertFalse(indexOne("moved", document()).isFailed());
  }

  private static Map<String, Object> bringing() {
    float[] vector = new float[DIMENSION];
    vector[3] = 1;
    return Map.of("notes", Base64.getEncoder().encodeToString(ElementType.FLOAT16.encode(vector)));
  }

  /** Adds an index {@code earlier} whose mapping copies. */
  private void addEarlierIndex() throws IOException {
    createAttributor();
    create("sound", properties(FIELD, NOTES));
    IndexMetadata sound =
        getInstanceFromNode(ClusterService.class).state().metadata().index("sound");
    String mapping = sound.mapping().source().string();
    String copying = mapping.replace(NOTES, COPY);
    assertNotEquals(mapping, copying);
    addIndex("earlier", sound.getSettings(), copying);
  }

  public void testAnIndexOfAnEarlierVersionTakesNoDocumentUntilItCopiesNoMore() throws Exception {
    addEarlierIndex();
    long before = computed();
    BulkItemResponse[] items =
        client()
            .prepareBulk()
            .add(new IndexRequest("earlier").setPipeline("_none").source(bringing()))
            .add(new UpdateRequest("earlier", "1").doc(bringing()).docAsUpsert(true))
            .add(new IndexRequest("earlier").source(document()))
            .add(new DeleteRequest("earlier", "1"))
            .get()
            .getItems();
    for (BulkItemResponse item : List.of(items).subList(0, 3)) {
      assertEquals(RestStatus.BAD_REQUEST, item.status());
      assertThat(
          item.getFailureMessage(),
          containsString("index [earlier] takes no more documents: its field [notes] would copy"));
    }
    assertFalse(items[3].getFailureMessage(), items[3].isFailed());
    assertEquals(0, hits("earlier"));
    assertEquals("no gradient is computed", before, computed());
    putMapping("earlier", properties(NOTES));
    BulkItemResponse item = indexOne("earlier", document());
    assertFalse(item.getFailureMessage(), item.isFailed());
  }

  /**
   * A primary of an earlier version has written such a document: a replica or a recovery that
   * refused it would lack an acknowledged document, or recover again and again.
   */
  public void testTheMapperRefusesNoDocumentThatAnEarlierPrimaryHasAccepted() throws Exception {
    addEarlierIndex();
    BytesReference source = BytesReference.bytes(XContentFactory.jsonBuilder().map(bringing()));
    ParsedDocument parsed =
        shard("earlier")
            .mapperService()
            .documentMapper()
            .parse(new SourceToParse("earlier", "1", source, XContentType.JSON));
    assertTrue(parsed.rootDoc().getField("gradient") instanceof KnnFloatVectorField);
  }
}
