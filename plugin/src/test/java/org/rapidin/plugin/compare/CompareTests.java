package org.rapidin.plugin.compare;

import java.util.ArrayList;
import java.util.Arrays;
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
import org.rapidin.attribution.ranking.PlainRankings;
import org.rapidin.plugin.query.HoldingScript;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.plugin.sample.VectorSample;
import org.rapidin.scorer.ElementType;

/** Comparisons on a real node; the oracle multiplies and ranks in double, by the definitions. */
public class CompareTests extends CompareTestCase {
  private static double product(float[] a, float[] b, ElementType type) {
    float[] stored = type.decode(type.encode(a));
    float[] other = type.decode(type.encode(b));
    double sum = 0;
    for (int i = 0; i < stored.length; i++) {
      sum += (double) stored[i] * other[i];
    }
    return sum;
  }

  private static double[] influences(
      String query, List<String> documents, Map<String, float[]> vectors, ElementType type) {
    return documents.stream()
        .mapToDouble(id -> product(vectors.get(query), vectors.get(id), type))
        .toArray();
  }

  private void assertAgrees(ElementType one, ElementType two, Vectors vectors) {
    fill(one, two, vectors);
    Agreement found = compare("a", "b", "train", SAMPLE);
    List<String> queries = ids(SAMPLE, true);
    List<String> documents = ids(SAMPLE, false);
    assertEquals(DOCUMENTS - QUERIES, documents.size());
    assertEquals(DOCUMENTS - QUERIES, found.documents());
    double[] rho = new double[QUERIES];
    double[][] shares = new double[2][QUERIES];
    for (int q = 0; q < QUERIES; q++) {
      double[] a = influences(queries.get(q), documents, first, one);
      double[] b = influences(queries.get(q), documents, second, two);
      rho[q] = PlainRankings.spearman(a, b);
      shares[0][q] = PlainRankings.overlap(a, b, 3);
      shares[1][q] = PlainRankings.overlap(a, b, 10);
    }
    assertMean(rho, found.spearman());
    for (int i = 0; i < 2; i++) {
      assertEquals(i == 0 ? 3 : 10, found.overlaps().get(i).k());
      assertMean(shares[i], found.overlaps().get(i).share());
    }
    assertTrue("" + found, found.spearman().mean() > 0.2 && found.spearman().mean() < 1);
  }

  private static void assertMean(double[] wanted, Estimate found) {
    double mean = Arrays.stream(wanted).average().orElseThrow();
    double squares = Arrays.stream(wanted).map(each -> Math.pow(each - mean, 2)).sum();
    assertEquals(wanted.length, found.queries());
    assertEquals(mean, found.mean(), 1e-9);
    assertEquals(
        Math.sqrt(squares / (wanted.length - 1)) / Math.sqrt(wanted.length),
        found.standardError(),
        1e-9);
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
        "of the sample, 55 documents are queries and 5 others are ranked, at least 2 and more than 10 are needed",
        "a",
        "b",
        "train",
        new CompareSample(55, 100, 5, 42));
    create("more", "{\"too\":%s}".formatted(field("a", ElementType.FLOAT16)));
    assertRefused(
        "fields [one, too] of [train,more] hold gradients of attributor [a]: name one of them with [field]",
        "a",
        "b",
        "train,more");
    assertRefused("no document of [train,more] matches the query", "a/too", "b", "train,more");
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
