package org.rapidin.plugin.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.RandomDocuments.Drawn;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.plugin.sample.VectorSample;
import org.rapidin.scorer.ElementType;

/** What happens to documents between the draw and the end of a comparison. */
public class ComparisonTests extends CompareTestCase {
  private VectorSample vectors(String field, int dimension) {
    return new VectorSample(
        field,
        dimension,
        getInstanceFromNode(TransportService.class),
        getInstanceFromNode(ClusterService.class).state().nodes(),
        () -> {});
  }

  private List<Drawn> draw() {
    return new RandomDocuments(List.of("one", "deep.two"), SAMPLE.size(), SAMPLE.seed())
        .draw(client(), "train", null, () -> {});
  }

  private static List<String> ids(List<Drawn> drawn) {
    return new ArrayList<>(
        ShardDocuments.of(drawn).stream().flatMap(shard -> shard.ids().stream()).toList());
  }

  /** Deleted, or replaced by one without a vector of the second field. */
  public void testDocumentsThatGoAfterTheDrawAreLeftOut() {
    fill(ElementType.FLOAT16, ElementType.INT8, CompareTestCase::gaussian);
    List<Drawn> drawn = draw();
    List<Drawn> queries = drawn.subList(0, QUERIES);
    List<Drawn> documents = drawn.subList(QUERIES, drawn.size());
    List<String> gone = new ArrayList<>();
    for (Drawn each : List.of(queries.get(2), documents.get(0), documents.get(20))) {
      client().prepareDelete("train", each.id()).setRefreshPolicy(RefreshPolicy.IMMEDIATE).get();
      gone.add(each.id());
    }
    for (Drawn each : List.of(queries.get(5), documents.get(30))) {
      index(Map.of(each.id(), first.get(each.id())), Map.of());
      gone.add(each.id());
    }
    ProgressTask task =
        new ProgressTask(1, "transport", CompareAction.NAME, "", TaskId.EMPTY_TASK_ID, Map.of());
    Agreement found =
        new Comparison(vectors("one", 256), vectors("deep.two", 512), task, drawn.size())
            .compare(queries, documents, SAMPLE.ks());
    List<String> asked = ids(queries);
    List<String> ranked = ids(documents);
    asked.removeAll(gone);
    ranked.removeAll(gone);
    assertEquals(QUERIES - 2, asked.size());
    new CompareOracle(first, ElementType.FLOAT16, second, ElementType.INT8)
        .assertAgrees(found, asked, ranked, 3, 10);
    assertEquals(new CompareProgress(DOCUMENTS, DOCUMENTS), task.getStatus());
  }

  /** Where no document is before another there are no first ones. */
  public void testQueriesWithoutARankingAreLeftOut() {
    int[] next = new int[1];
    fill(
        ElementType.FLOAT32,
        ElementType.FLOAT32,
        (random, dimension) -> {
          float[] vector = dimension == 256 ? new float[256] : gaussian(random, dimension);
          vector[next[0]++ % 256] = 1;
          return vector;
        });
    Agreement found = compare("a", "b", "train", SAMPLE);
    assertEquals(0, found.spearman().queries());
    found.overlaps().forEach(overlap -> assertEquals(0, overlap.share().queries()));
  }

  /** Not for the memory of the sample that was asked for. */
  public void testALargeSampleOfASmallIndexIsRefusedBecauseDocumentsAreMissing() {
    fill(ElementType.FLOAT16, ElementType.FLOAT16, CompareTestCase::gaussian);
    Exception refused =
        expectThrows(
            Exception.class,
            () -> compare("a", "b", "train", new CompareSample(5_000, 5_000, 10, 42)));
    assertEquals(
        ExceptionsHelper.stackTrace(refused),
        RestStatus.BAD_REQUEST,
        ExceptionsHelper.status(refused));
    assertEquals(
        "60 documents of the sample are queries and 0 are ranked, but at least 2 and at least 11 are needed: ask for fewer queries, or index more documents with vectors in both fields",
        ExceptionsHelper.unwrapCause(refused).getMessage());
  }

  public void testACopyThatIsNoLongerThereIsUnavailable() {
    fill(ElementType.FLOAT16, ElementType.FLOAT16, CompareTestCase::gaussian);
    Drawn drawn = draw().getFirst();
    ShardId none = new ShardId(drawn.shard().getIndex(), 9);
    for (ShardDocuments moved :
        List.of(
            new ShardDocuments(drawn.shard(), "left", List.of(drawn.id())),
            new ShardDocuments(none, drawn.node(), List.of(drawn.id())))) {
      Exception refused =
          expectThrows(RuntimeException.class, () -> vectors("one", 256).read(moved));
      assertEquals(RestStatus.SERVICE_UNAVAILABLE, ExceptionsHelper.status(refused));
      assertEquals(
          "node [%s] no longer has shard %s, which documents of the sample are in: repeat the request"
              .formatted(moved.node(), moved.shard()),
          refused.getMessage());
    }
  }
}
