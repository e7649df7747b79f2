package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.Before;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.service.ReferenceGradient;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/**
 * Influence by method identity, from the text of a document and of a query to the hit, is the inner
 * product of gradients that others computed in float64.
 */
public class IdentityInfluenceTests extends TinyNodeTestCase {

  @Before
  public void copyModel() throws IOException {
    String root = System.getenv("RAPIDIN_REFERENCE_DATA");
    assumeTrue("set RAPIDIN_REFERENCE_DATA", root != null);
    Path source = Path.of(root, ReferenceGradient.MODEL);
    Path target = Files.createDirectories(models().resolve(ReferenceGradient.MODEL));
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(file.getFileName());
        if (!Files.exists(copy)) {
          Files.copy(file, copy);
        }
      }
    }
  }

  public void testInfluenceIsTheInnerProductOfFloat64Gradients() throws IOException {
    ReferenceGradient a = ReferenceGradient.a();
    ReferenceGradient b = ReferenceGradient.b();
    RegisteredAttributor registered = put("exact", ReferenceGradient.spec());
    assertEquals(a.numbers().length, registered.spec().dimension());
    assertEquals(registered, put("exact", ReferenceGradient.spec()));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"exact\"}}]}");
    createIndex("train", "exact", "influence");
    BulkResponse answer =
        client()
            .prepareBulk()
            .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
            .add(client().prepareIndex("train").setId("a").setSource(source(a.sample())))
            .add(client().prepareIndex("train").setId("b").setSource(source(b.sample())))
            .get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
    Map<String, ReferenceGradient> documents = Map.of("a", a, "b", b);
    for (ReferenceGradient query : documents.values()) {
      for (Map.Entry<String, ReferenceGradient> entry : documents.entrySet()) {
        ReferenceGradient document = entry.getValue();
        double exact = query.dot(document);
        double got = influence(query.sample(), entry.getKey());
        // Each number of a row is rounded by at most 2^-11 of itself, or of the row's largest by
        // 2^-25; norms bound what that does to the sum.
        double bound = Math.sqrt(query.dot(query) * document.dot(document)) / 2048;
        logger.info("exact {}, stored as half precision {}, bound {}", exact, got, bound);
        assertEquals(exact, got, bound);
      }
    }
  }

  private static Map<String, Object> source(Sample sample) {
    return Map.of("instruction", sample.prompt(), "output", sample.completion());
  }

  private double influence(Sample query, String id) {
    String text = sourceOf(query);
    for (SearchHit hit :
        client()
            .prepareSearch("train")
            .setQuery(QueryBuilders.wrapperQuery(text))
            .get()
            .getHits()) {
      if (hit.getId().equals(id)) {
        return ((Number) hit.field("influence").getValue()).doubleValue();
      }
    }
    throw new AssertionError("document " + id + " was not found");
  }

  private static String sourceOf(Sample query) {
    return "{\"influence\":{\"gradient\":{\"prompt\":\"%s\",\"completion\":\"%s\"}}}"
        .formatted(quoted(query.prompt()), quoted(query.completion()));
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
