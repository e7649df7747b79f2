package org.rapidin.plugin.guard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.action.termvectors.TermVectorsResponse;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.registry.VectorizeAction;
import org.rapidin.scorer.ElementType;

/** No request that reads documents gives a stored vector away, in any encoding. */
public class NoVectorIsReadableTests extends TinyNodeTestCase {
  private static final int DIMENSION = 256;
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/_-]{24,}");
  private float[] vector;

  private void createAndIndex() {
    put("demo", spec("tiny", DIMENSION));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("train", "demo", "influence");
    vector =
        ((GradientResult.Vector)
                client()
                    .execute(
                        VectorizeAction.INSTANCE,
                        new VectorizeAction.Request("demo", List.of(new Sample("a\n", "b"))))
                    .actionGet()
                    .results()
                    .getFirst())
            .vector()
            .values();
    client()
        .prepareIndex("train")
        .setId("computed")
        .setSource(Map.of("instruction", "a", "output", "b"))
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    client()
        .prepareBulk()
        .add(
            new IndexRequest("train")
                .id("brought")
                .setPipeline("_none")
                .source("gradient", vector, "instruction", "a"))
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
  }

  public void testTheSearchForEncodingsFindsEachOfThem() {
    createAndIndex();
    byte[] half = ElementType.FLOAT16.encode(vector);
    byte[] shifted = new byte[half.length + 1];
    System.arraycopy(half, 0, shifted, 1, half.length);
    for (String leak :
        List.of(
            "[0.1, " + vector[7] + "]",
            "{\"x\":" + (double) vector[7] + "}",
            Base64.getEncoder().encodeToString(half),
            Base64.getEncoder().encodeToString(shifted),
            Base64.getEncoder().encodeToString(ElementType.FLOAT32.encode(vector)),
            "rapidin:pending-vector:x")) {
      expectThrows(AssertionError.class, () -> assertNothingIn("leak", leak));
    }
    assertNothingIn("harmless", Base64.getEncoder().encodeToString(new byte[600]));
  }

  public void testNoRequestThatReadsDocumentsGivesTheVectorAway() throws Exception {
    createAndIndex();
    for (String id : List.of("computed", "brought")) {
      assertNothingIn("get", text(client().prepareGet("train", id).get()));
      assertNothingIn(
          "get fields",
          text(
              client()
                  .prepareGet("train", id)
                  .setFetchSource("gradient*", null)
                  .setStoredFields("gradient", "_source")
                  .get()));
      assertNothingIn(
          "realtime get", text(client().prepareGet("train", id).setRealtime(true).get()));
      assertNothingIn(
          "explain",
          text(
              client()
                  .prepareExplain("train", id)
                  .setQuery(QueryBuilders.existsQuery("gradient"))
                  .setFetchSource(true)
                  .get()));
      TermVectorsResponse terms =
          client().prepareTermVectors("train", id).setSelectedFields("*", "gradient").get();
      assertNothingIn("termvectors", text(terms));
    }
    assertNothingIn("search", search(all()));
    assertNothingIn("fields", search(all().addFetchField("*").addFetchField("gradient")));
    assertNothingIn("stored", search(all().storedFields("*", "_source", "_recovery_source")));
    assertNothingIn("source filter", search(all().setFetchSource("gradient", null)));
    assertNothingIn("profile", search(all().setProfile(true).setExplain(true)));
    assertNothingIn(
        "simulate",
        text(
            client()
                .admin()
                .cluster()
                .prepareSimulatePipeline(
                    new BytesArray(
                        "{\"docs\":[{\"_source\":{\"instruction\":\"a\",\"output\":\"b\"}}]}"),
                    XContentType.JSON)
                .setId("influence")
                .setVerbose(true)
                .get()));
  }

  public void testUnmappedDocValuesOfOriginsCannotBeAskedFor() {
    createAndIndex();
    for (String field : List.of("gradient", "_rapidin.fingerprint.gradient")) {
      SearchRequestBuilder request = all().addDocValueField(field);
      String answer;
      try {
        answer = search(request);
      } catch (Exception refused) {
        answer = refused.toString();
      }
      assertNothingIn("doc values of " + field, answer);
    }
  }

  public void testNoFailureQuotesTheVector() {
    createAndIndex();
    float[] longer = Arrays.copyOf(vector, DIMENSION + 1);
    BulkResponse response =
        client()
            .prepareBulk()
            .add(new IndexRequest("train").setPipeline("_none").source("gradient", longer))
            .add(
                new IndexRequest("plain")
                    .setPipeline("influence")
                    .source(Map.of("instruction", "a", "output", "b")))
            .get();
    assertTrue(response.getItems()[0].isFailed() && response.getItems()[1].isFailed());
    assertNothingIn("failures", text(response));
  }

  private SearchRequestBuilder all() {
    return client().prepareSearch("train").setQuery(QueryBuilders.existsQuery("gradient"));
  }

  private static String search(SearchRequestBuilder request) {
    var response = request.get();
    assertEquals(2, response.getHits().getTotalHits().value());
    return text(response);
  }

  private static String text(ToXContent content) {
    try (XContentBuilder json = XContentFactory.jsonBuilder()) {
      boolean fragment = content.isFragment();
      if (fragment) {
        json.startObject();
      }
      content.toXContent(json, ToXContent.EMPTY_PARAMS);
      if (fragment) {
        json.endObject();
      }
      return json.toString();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void assertNothingIn(String what, String answer) {
    assertFalse(what + ": a placeholder", answer.contains("rapidin:pending-vector"));
    for (int i = 0; i < DIMENSION; i++) {
      if (vector[i] != 0) {
        assertFalse(what + ": a number", answer.contains(Float.toString(vector[i])));
        assertFalse(what + ": a number", answer.contains(Double.toString(vector[i])));
      }
    }
    List<byte[]> needles =
        List.of(
            piece(ElementType.FLOAT16.encode(vector)), piece(ElementType.FLOAT32.encode(vector)));
    for (byte[] haystack : decoded(answer)) {
      for (byte[] needle : needles) {
        assertFalse(what + ": base64 of a row", contains(haystack, needle));
      }
    }
  }

  /** Sixteen bytes of a row in which enough is not zero. */
  private static byte[] piece(byte[] row) {
    for (int from = 0; from + 16 < row.length; from += 4) {
      byte[] piece = Arrays.copyOfRange(row, from, from + 16);
      long other = ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (other != 0 && ByteBuffer.wrap(piece).getLong(8) != 0) {
        return piece;
      }
    }
    throw new AssertionError("a row of zeros");
  }

  /** Every long run of base64 characters, decoded from each of four offsets. */
  private static List<byte[]> decoded(String answer) {
    List<byte[]> all = new ArrayList<>();
    Matcher runs = BASE64.matcher(answer);
    while (runs.find()) {
      for (int skip = 0; skip < 4; skip++) {
        String run = runs.group().replace('-', '+').replace('_', '/').substring(skip);
        all.add(Base64.getDecoder().decode(run.substring(0, run.length() / 4 * 4)));
      }
    }
    return all;
  }

  private static boolean contains(byte[] haystack, byte[] needle) {
    for (int i = 0; i + needle.length <= haystack.length; i++) {
      if (Arrays.equals(haystack, i, i + needle.length, needle, 0, needle.length)) {
        return true;
      }
    }
    return false;
  }
}
