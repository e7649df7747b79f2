package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.explain.ExplainResponse;
import org.opensearch.action.ingest.SimulateDocumentBaseResult;
import org.opensearch.action.ingest.SimulatePipelineResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHits;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.lucene.VectorCounts;
import org.rapidin.plugin.node.IndexVectors;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesLoadAction;
import org.rapidin.plugin.node.NodesStatsAction;
import org.rapidin.plugin.node.NodesVectorsAction;
import org.rapidin.plugin.registry.VectorizeAction;

/** Text goes in through the pipeline and is found by text, on a real node with a real model. */
public class IngestAndSearchTests extends TinyNodeTestCase {
  private static final int DIMENSION = 256;

  private void createAll() {
    put("demo", spec("tiny", DIMENSION));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("train", "demo", "influence");
  }

  public void testRawInfluenceIsTheInnerProductOfVectorsThatVectorizeGives() {
    createAll();
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < 40; i++) {
      bulk.add(client().prepareIndex("train").setId("" + i).setSource(document(i)));
    }
    BulkResponse answer = bulk.get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
    List<float[]> vectors =
        vectors(List.of(sample(3), sample(7), new Sample("what\n", "a question")));
    SearchHits hits = search("what\\n", "a question");
    assertEquals(40, hits.getTotalHits().value());
    for (var hit : hits) {
      for (int i : new int[] {3, 7}) {
        if (hit.getId().equals("" + i)) {
          double expected = dot(vectors.get(i == 3 ? 0 : 1), vectors.get(2));
          double raw = ((Number) hit.field("influence").getValue()).doubleValue();
          assertEquals(expected, raw, 2e-3 * Math.abs(expected) + 2e-3);
        }
      }
      assertFalse(hit.getSourceAsMap().containsKey("gradient"));
    }
  }

  public void testOneBadDocumentOfABulkFailsAloneWithTheReason() {
    createAll();
    BulkResponse answer =
        client()
            .prepareBulk()
            .add(client().prepareIndex("train").setId("good").setSource(document(1)))
            .add(client().prepareIndex("train").setId("half").setSource("instruction", "a"))
            .add(
                client()
                    .prepareIndex("train")
                    .setId("empty")
                    .setSource("instruction", "a", "output", ""))
            .add(
                client()
                    .prepareIndex("train")
                    .setId("list")
                    .setSource(Map.of("instruction", "a", "output", List.of("b", "c"))))
            .get();
    assertFalse(answer.getItems()[0].isFailed());
    assertRefused(answer.getItems()[1], "field [output] is missing");
    assertRefused(answer.getItems()[2], "field [output] is empty");
    assertRefused(answer.getItems()[3], "field [output] holds a list");
  }

  public void testUpdatesAreRefusedBecauseTheyWouldLoseTheVector() {
    createAll();
    client().prepareIndex("train").setId("1").setSource(document(1)).get();
    client().admin().indices().prepareAliases().addAlias("train", "alias").get();
    for (String name : List.of("train", "alias", "<train>")) { // the last one as date math
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class,
              () -> client().prepareUpdate(name, "1").setDoc("lang", "en").get());
      assertTrue(refused.getMessage(), refused.getMessage().contains("_update_by_query"));
    }
    for (int others = 0; others < 2; others++) {
      BulkRequestBuilder bulk = client().prepareBulk();
      bulk.add(client().prepareUpdate("train", "1").setDoc("lang", "en"));
      for (int i = 0; i < others; i++) {
        bulk.add(client().prepareIndex("train").setId("new").setSource(document(2)));
      }
      bulk.add(client().prepareUpdate("alias", "2").setDoc("lang", "en"));
      BulkItemResponse[] items = bulk.get().getItems();
      assertEquals(others + 2, items.length);
      assertRefused(items[0], "an update would lose them");
      assertRefused(items[others + 1], "an update would lose them");
      assertFalse(others == 1 && items[1].isFailed());
    }
    client().prepareIndex("plain").setId("1").setSource(Map.of("a", 1)).get();
    client().prepareUpdate("plain", "1").setDoc("a", 2).get();
  }

  public void testExplainNamesTheAttributorAndMatches() {
    createAll();
    client()
        .prepareIndex("train")
        .setId("1")
        .setSource(document(1))
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    ExplainResponse explained =
        client().prepareExplain("train", "1").setQuery(influence("what\\n", "this")).get();
    assertTrue(explained.isMatch());
    assertTrue(
        explained.getExplanation().toString(),
        explained.getExplanation().toString().contains("attributor [demo], model [tiny]"));
  }

  public void testASimulatedPipelineShowsWordsInPlaceOfTheVector() {
    createAll();
    SimulatePipelineResponse simulated =
        client()
            .admin()
            .cluster()
            .prepareSimulatePipeline(
                new BytesArray(
                    "{\"docs\":[{\"_source\":{\"instruction\":\"a\",\"output\":\"b\"}}]}"),
                XContentType.JSON)
            .setId("influence")
            .get();
    SimulateDocumentBaseResult result =
        (SimulateDocumentBaseResult) simulated.getResults().getFirst();
    assertNull(result.getFailure());
    String shown = result.getIngestDocument().getFieldValue("gradient", String.class);
    assertTrue(shown, shown.startsWith("gradient of 256 numbers, norm "));
  }

  public void testStatsCountWhatWasDone() {
    createAll();
    NodeStats before = stats();
    client().prepareBulk().add(client().prepareIndex("train").setSource(document(1))).get();
    client().prepareBulk().add(client().prepareIndex("train").setSource("output", "b")).get();
    NodeStats after = stats();
    assertEquals(before.gradients().documents() + 1, after.gradients().documents());
    assertTrue(after.gradients().tokens() > before.gradients().tokens());
    assertEquals("running", after.torch());
    // Gradients of earlier queries may be kept, or expire meanwhile; those of the bulks are not.
    assertTrue(after.reservedBytes() <= before.reservedBytes());
    assertEquals(Map.of("tiny", List.of("dead", "narrow", "one", "two")), after.directories());
    assertTrue(
        after.gradients().models().stream().anyMatch(loaded -> loaded.model().equals("tiny")));
  }

  public void testModelsAreLoadedAndFreedOnRequest() {
    createAll();
    assertEquals(1, load(true));
    assertEquals(1, stats().gradients().models().size());
    assertTrue(load(false) >= 1);
    assertEquals(List.of(), stats().gradients().models());
    assertEquals(1, vectors(List.of(sample(1))).size());
  }

  private int load(boolean load) {
    NodeAnswers<NodesLoadAction.Loaded> done =
        client()
            .execute(NodesLoadAction.INSTANCE, new NodesLoadAction.Request("tiny", load))
            .actionGet();
    assertFalse(done.failures().toString(), done.hasFailures());
    return done.getNodes().getFirst().value().attributors();
  }

  public void testDocumentsThatWentAroundThePipelineAreCounted() {
    createAll();
    client().prepareIndex("train").setId("1").setSource(document(1)).get();
    client()
        .prepareIndex("train")
        .setId("2")
        .setSource(document(2))
        .setPipeline("_none")
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    assertEquals(new VectorCounts(1, 1, 0, 0, 0), vectorCounts());
    delete("demo", true);
    assertEquals(new VectorCounts(1, 0, 1, 0, 0), vectorCounts());
    Map<String, Object> otherSeed = AttributorSpecFormat.toMap(spec("tiny", DIMENSION));
    otherSeed.put("compression", Map.of("dimension", DIMENSION, "seed", 7));
    put("demo", AttributorSpecFormat.fromMap(otherSeed));
    assertEquals(new VectorCounts(1, 0, 1, 0, 0), vectorCounts());
    float[] brought = new float[DIMENSION];
    brought[0] = 1;
    client()
        .prepareIndex("train")
        .setSource("gradient", brought)
        .setPipeline("_none")
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    client().prepareDelete("train", "1").setRefreshPolicy(RefreshPolicy.IMMEDIATE).get();
    assertEquals(new VectorCounts(1, 0, 0, 1, 0), vectorCounts());
  }

  private VectorCounts vectorCounts() {
    IndexVectors vectors =
        client()
            .execute(NodesVectorsAction.INSTANCE, new NodesVectorsAction.Request())
            .actionGet()
            .getNodes()
            .getFirst()
            .value();
    assertEquals(Set.of("train"), vectors.counts().keySet());
    return vectors.counts().get("train").get("gradient");
  }

  private NodeStats stats() {
    return client()
        .execute(NodesStatsAction.INSTANCE, new NodesStatsAction.Request())
        .actionGet()
        .getNodes()
        .getFirst()
        .value();
  }

  private static void assertRefused(BulkItemResponse item, String reason) {
    assertEquals(RestStatus.BAD_REQUEST, item.status());
    assertTrue(item.getFailureMessage(), item.getFailureMessage().contains(reason));
  }

  private SearchHits search(String prompt, String completion) {
    return client()
        .prepareSearch("train")
        .setSize(100)
        .setQuery(influence(prompt, completion))
        .get()
        .getHits();
  }

  private static QueryBuilder influence(String prompt, String completion) {
    return QueryBuilders.wrapperQuery(
        "{\"influence\":{\"gradient\":{\"prompt\":\""
            + prompt
            + "\",\"completion\":\""
            + completion
            + "\"}}}");
  }

  private List<float[]> vectors(List<Sample> samples) {
    return client()
        .execute(VectorizeAction.INSTANCE, new VectorizeAction.Request("demo", samples))
        .actionGet()
        .results()
        .stream()
        .map(result -> ((GradientResult.Vector) result).vector().values())
        .toList();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static Map<String, Object> document(int i) {
    return Map.of("instruction", "say " + i, "output", "number " + i * i);
  }

  private static Sample sample(int i) {
    return new Sample("say " + i + "\n", "number " + i * i);
  }
}
