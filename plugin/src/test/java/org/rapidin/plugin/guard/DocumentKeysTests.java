package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.mapper.SourceToParse;
import org.opensearch.indices.IndicesService;
import org.rapidin.scorer.ElementType;

/**
 * However the keys of a document are spelled: what fills a gradient field is seen, and is not in
 * {@code _source}. OpenSearch's own parser is the oracle.
 */
public class DocumentKeysTests extends GradientDocumentsTestCase {
  private static final List<String> FIELDS =
      List.of("gradient", "notes.gradient", "notes.deep.gradient");
  private static final String DEEP =
      "\"notes\":{\"properties\":{%s,\"deep\":{\"properties\":{%s}}}}".formatted(FIELD, FIELD);
  private static final Map<String, String> MAPPINGS =
      Map.of(
          "objects", "{\"properties\":{" + FIELD + "," + DEEP + "}}",
          "flat", "{\"disable_objects\":true,\"properties\":{" + flat() + "}}",
          "flat-inside",
              "{\"properties\":{%s,\"notes\":{\"disable_objects\":true,\"properties\":{%s,%s}}}}"
                  .formatted(FIELD, FIELD, FIELD.replace("gradient\":{", "deep.gradient\":{")));
  private static final List<String> KEYS =
      List.of(
          "gradient.", "gradient..", ".gradient", "", ".", "..", "notes.", "notes..gradient", " ");
  private static final Set<String> NAMES = Set.copyOf(FIELDS);

  private static String flat() {
    return FIELDS.stream()
        .map(name -> FIELD.replace("\"gradient\":", "\"" + name + "\":"))
        .reduce((left, right) -> left + "," + right)
        .orElseThrow();
  }

  private static float[] vector() {
    float[] vector = new float[DIMENSION];
    Arrays.fill(vector, 0.8125f);
    return vector;
  }

  private static Object value() {
    byte[] row = ElementType.FLOAT16.encode(vector());
    return randomBoolean() ? Base64.getEncoder().encodeToString(row) : vector();
  }

  /** A document with one value at a field, its parts joined and padded at random. */
  private static Object spelled(String field) {
    List<String> parts = new ArrayList<>(List.of(field.split("\\.")));
    Object inner = value();
    while (!parts.isEmpty()) {
      String key = parts.removeLast();
      while (!parts.isEmpty() && randomBoolean()) {
        key = parts.removeLast() + "." + padding() + key;
      }
      inner = Map.of(padding() + key + padding(), inner);
      if (rarely()) {
        inner = Map.of(randomFrom(KEYS), inner);
      }
      if (!parts.isEmpty() && rarely()) {
        inner = List.of(inner);
      }
    }
    return inner;
  }

  private static String padding() {
    return rarely() ? randomFrom(List.of(".", "..")) : "";
  }

  private static BytesReference bytes(Object document, XContentType type) throws IOException {
    try (XContentBuilder builder = MediaTypeRegistry.contentBuilder(type)) {
      return BytesReference.bytes(builder.value(document));
    }
  }

  private DocumentMapper mapper(String index) {
    return getInstanceFromNode(IndicesService.class)
        .indexServiceSafe(resolveIndex(index))
        .mapperService()
        .documentMapper();
  }

  /** Whether OpenSearch fills a gradient field; and then no request reads it, or it is refused. */
  private static boolean check(DocumentMapper mapper, Object document) throws IOException {
    XContentType type = randomFrom(List.of(XContentType.JSON, XContentType.SMILE));
    BytesReference source = bytes(document, type);
    ParsedDocument parsed;
    try {
      parsed = mapper.parse(new SourceToParse("index", "1", source, type));
    } catch (IllegalArgumentException | MapperParsingException notParsed) {
      return false;
    }
    if (parsed.rootDoc().getFields().stream().noneMatch(KnnFloatVectorField.class::isInstance)) {
      return false;
    }
    String shown = bytes(document, XContentType.JSON).utf8ToString();
    DocumentScan scan;
    try {
      scan = DocumentScan.of(new IndexRequest().source(source, type), null, NAMES);
    } catch (IllegalArgumentException refused) {
      assertThat(shown, refused.getMessage(), containsString("has an empty part"));
      return true;
    }
    assertTrue("not seen: " + shown, scan.brings());
    IndexableField stored = parsed.rootDoc().getField("_source");
    BytesRef kept = stored.binaryValue();
    assertTrue("in _source: " + shown, kept.length < 100);
    return true;
  }

  public void testWhatFillsAFieldIsSeenAndNotInSource() throws IOException {
    createAttributor();
    for (Map.Entry<String, String> mapping : MAPPINGS.entrySet()) {
      create(mapping.getKey(), mapping.getValue());
      DocumentMapper mapper = mapper(mapping.getKey());
      int filled = 0;
      for (int i = 0; i < 600; i++) {
        if (check(mapper, spelled(randomFrom(FIELDS)))) {
          filled++;
        }
      }
      assertTrue(mapping.getKey() + ": " + filled, filled > 100);
    }
  }

  public void testAFieldWithAnEmptyPartInItsNameIsRefused() {
    createAttributor();
    for (String mapping :
        List.of(
            MAPPING.replace("gradient\"", "gradient.\""),
            MAPPINGS.get("objects").replace("notes\"", "notes.\""),
            MAPPINGS.get("flat").replace("notes.", "notes.."))) {
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> create("dots", mapping));
      assertThat(refused.getMessage(), containsString("has an empty part in its name"));
    }
  }

  public void testAKeyWithAnEmptyPartIsRefusedByName() throws IOException {
    createAttributor();
    create("objects", MAPPINGS.get("objects"));
    Object first = vector();
    for (Map<String, Object> document :
        List.<Map<String, Object>>of(
            Map.of("gradient.", first),
            Map.of("notes.", Map.of("gradient", first)),
            Map.of("notes.", List.of(Map.of("gradient", first))),
            Map.of("notes", Map.of("deep..", Map.of("gradient", first))))) {
      BulkItemResponse item =
          bulk(new IndexRequest("objects").setPipeline("_none").source(document));
      assertTrue(document.keySet().toString(), item.isFailed());
      assertEquals(RestStatus.BAD_REQUEST, item.status());
      assertThat(item.getFailureMessage(), containsString(".] has an empty part"));
    }
    assertEquals(0, hits("objects"));
    Map<String, Object> elsewhere = Map.of("other.", 1, "instruction", "a", "output", "b");
    assertFalse(indexOne("objects", elsewhere).isFailed());
  }

  public void testNoRequestReadsWhatOtherSpellingsBring() throws IOException {
    createAttributor();
    create("objects", MAPPINGS.get("objects"));
    List<Map<String, Object>> documents =
        List.of(
            Map.of("notes.gradient", value()),
            Map.of("notes", Map.of("gradient", value(), "deep.gradient", value())),
            Map.of("notes", List.of(Map.of("deep", List.of(Map.of("gradient", value()))))),
            Map.of("gradient", value(), "notes.deep", Map.of("gradient", value())));
    for (int i = 0; i < documents.size(); i++) {
      String id = String.valueOf(i);
      BulkItemResponse item =
          bulk(new IndexRequest("objects").id(id).setPipeline("_none").source(documents.get(i)));
      assertFalse(item.getFailureMessage(), item.isFailed());
      assertNoVector(client().prepareGet("objects", id).setRealtime(true).get().toString());
    }
    assertEquals(documents.size(), hits("objects"));
    SearchRequestBuilder search = client().prepareSearch("objects");
    assertNoVector(search.setFetchSource(true).get().toString());
    assertNoVector(search.addFetchField("*").get().toString());
    assertNoVector(search.setFetchSource("notes.*", null).get().toString());
    assertNoVector(search.storedFields("*", "_source", "_recovery_source").get().toString());
  }

  private static void assertNoVector(String answer) {
    assertFalse(answer, answer.contains("0.8125") || answer.contains("gDqAOoA6"));
  }
}
