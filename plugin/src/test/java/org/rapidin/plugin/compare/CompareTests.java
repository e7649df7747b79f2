package org.rapidin.plugin.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.cluster.node.tasks.list.ListTasksResponse;
import org.opensearch.action.admin.indices.alias.IndicesAliasesRequest;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.ScriptQueryBuilder;
import org.opensearch.script.Script;
import org.opensearch.script.ScriptType;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.query.HoldingScript;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.plugin.sample.VectorSample;
import org.rapidin.scorer.ElementType;

/** Comparisons on a real node. */
public class CompareTests extends CompareTestCase {
  private void assertAgrees(ElementType one, ElementType two, Vectors vectors) {
    fill(one, two, vectors);
    Agreement found = compare("a", "b", "train", SAMPLE);
    List<String> documents = ids(SAMPLE, false);
    assertEquals(DOCUMENTS - QUERIES, documents.size());
    new CompareOracle(first, one, second, two)
        .assertAgrees(found, ids(SAMPLE, true), documents, 3, 10);
    assertTrue("" + found, found.spearman().mean() > 0.2 && found.spearman().mean() < 1);
  }

  public void testHalfPrecisionAndBytes() {
    assertAgrees(ElementType.FLOAT16, ElementType.INT8, CompareTests::gaussian);
  }

  public void testSinglePrecision() {
    assertAgrees(ElementType.FLOAT32, ElementType.FLOAT32, CompareTests::gaussian);
  }

  public void testEqualInfluencesShareTheirRanks() {
    assertAgrees(ElementType.FLOAT16, ElementType.FLOAT32, CompareTests::few);
  }

  public void testTheSameVectorsRankAlike() {
    put("a", spec("tiny", 256));
    put("c", spec("tiny", 256));
    create("a", ElementType.INT8, "c", ElementType.INT8);
    Random random = new Random(6);
    for (int i = 0; i < 30; i++) {
      first.put("" + i, gaussian(random, 256));
    }
    index(first, first);
    Agreement found = compare("a", "c", "train", new CompareSample(5, 20, 10, 1));
    assertEquals(20, found.documents());
    assertEquals(new Estimate(1, 0, 5), found.spearman());
    assertEquals(List.of(new Agreement.Overlap(10, new Estimate(1, 0, 5))), found.overlaps());
    // Of another sample, too.
    assertEquals(
        found.spearman(), compare("a", "c", "train", new CompareSample(5, 20, 10, 2)).spearman());
  }

  public void testWhatCannotBeComparedIsRefused() {
    fill(ElementType.FLOAT16, ElementType.FLOAT16, CompareTests::gaussian);
    put("c", spec("tiny", 1024));
    assertRefused("no attributor [d]; known attributors: [a, b, c]", "a", "d", "train");
    assertRefused("no field of [train] holds gradients of attributor [c]", "a", "c", "train");
    assertRefused("no field [x] of type [gradient_vector] in [train]", "a/x", "b", "train");
    assertRefused(
        "field [one] holds gradients of attributor [a], not of [b]", "a", "b/one", "train");
    assertRefused(RestStatus.NOT_FOUND, "no such index [none]", "a", "b", "none", SAMPLE);
    assertRefused(
        RestStatus.BAD_REQUEST,
        "55 documents of the sample are queries and 5 are ranked, but at least 2 and at least 16 are needed: ask for fewer queries or a smaller k, or index",
        "a",
        "b",
        "train",
        new CompareSample(55, 100, 15, 42));
    create("more", "{\"too\":%s}".formatted(field("a", ElementType.FLOAT16)));
    assertRefused(
        "fields [one, too] of [train,more] hold gradients of attributor [a]: name one of them with [field]",
        "a",
        "b",
        "train,more");
    assertRefused(
        "no document of [train,more] has a vector in fields [too] and [deep.two]",
        "a/too",
        "b",
        "train,more");
    assertEquals(
        compare("a/one", "b", "train", SAMPLE), compare("a/one", "b/deep.two", "train", SAMPLE));
  }

  private void assertRefused(String sentence, String a, String b, String index) {
    assertRefused(RestStatus.BAD_REQUEST, sentence, a, b, index, SAMPLE);
  }

  private void assertRefused(
      RestStatus status, String sentence, String a, String b, String index, CompareSample sample) {
    Exception thrown = expectThrows(Exception.class, () -> compare(a, b, index, sample));
    String all = ExceptionsHelper.stackTrace(thrown);
    assertTrue(all, all.contains(sentence));
    assertEquals(all, status, ExceptionsHelper.status(thrown));
  }

  /** Also where some documents or vectors are gone. */
  public void testEachDocumentHasItsOwnVector() {
    fill(ElementType.FLOAT32, ElementType.FLOAT32, CompareTests::gaussian);
    VectorSample reader =
        new VectorSample(
            "deep.two",
            512,
            getInstanceFromNode(TransportService.class),
            getInstanceFromNode(ClusterService.class).state().nodes(),
            () -> {});
    List<RandomDocuments.Drawn> drawn =
        new RandomDocuments(List.of("one"), 100, 9).draw(client(), "train", null, () -> {});
    assertEquals(DOCUMENTS + 1, drawn.size());
    for (ShardDocuments shard : ShardDocuments.of(drawn)) {
      List<String> ids = new ArrayList<>(shard.ids());
      ids.add(1, "nobody");
      float[][] vectors = reader.read(new ShardDocuments(shard.shard(), shard.node(), ids));
      for (int i = 0; i < vectors.length; i++) {
        assertArrayEquals(second.get(ids.get(i)), vectors[i], 0);
      }
    }
  }

  public void testDocumentsThatAreGoneAreLeftOut() {
    fill(ElementType.FLOAT16, ElementType.FLOAT16, CompareTests::gaussian);
    for (int i = 0; i < 20; i++) {
      client().prepareDelete("train", "" + i).setRefreshPolicy(RefreshPolicy.IMMEDIATE).get();
    }
    assertEquals(40 - QUERIES, compare("a", "b", "train", SAMPLE).documents());
  }

  /** An alias whose filter holds the search that draws. */
  public void testAComparisonIsACancellableTaskWithProgress() throws Exception {
    fill(ElementType.FLOAT16, ElementType.FLOAT16, CompareTests::gaussian);
    client()
        .admin()
        .indices()
        .prepareAliases()
        .addAliasAction(
            IndicesAliasesRequest.AliasActions.add()
                .index("train")
                .alias("held")
                .filter(
                    new ScriptQueryBuilder(
                        new Script(ScriptType.INLINE, "mockscript", "hold", Map.of()))))
        .get();
    long before = reserved();
    HoldingScript.hold();
    try {
      ActionFuture<CompareAction.Response> running = start("a", "b", "held", SAMPLE);
      ActionFuture<CompareAction.Response> other = start("a", "b", "held", SAMPLE);
      assertTrue(HoldingScript.awaitReached());
      ListTasksResponse tasks =
          client()
              .admin()
              .cluster()
              .prepareListTasks()
              .setActions(CompareAction.NAME)
              .setDetailed(true)
              .get();
      assertEquals(2, tasks.getTasks().size());
      assertEquals(new CompareProgress(0, 0), tasks.getTasks().getFirst().getStatus());
      assertEquals(
          "compares attributors [a] and [b] on documents of [held]",
          tasks.getTasks().getFirst().getDescription());
      assertRefused(
          RestStatus.TOO_MANY_REQUESTS,
          "this node already makes 2 comparisons",
          "a",
          "b",
          "train",
          SAMPLE);
      client().admin().cluster().prepareCancelTasks().setActions(CompareAction.NAME).get();
      // The search is still held.
      for (ActionFuture<CompareAction.Response> each : List.of(running, other)) {
        String all = ExceptionsHelper.stackTrace(expectThrows(Exception.class, each::actionGet));
        assertTrue(all, all.contains("TaskCancelledException"));
      }
    } finally {
      HoldingScript.open();
    }
    assertEquals(DOCUMENTS - QUERIES, compare("a", "b", "held", SAMPLE).documents());
    assertBusy(() -> assertEquals(before, reserved()), 5, TimeUnit.SECONDS);
  }
}
