package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.ScriptQueryBuilder;
import org.opensearch.script.Script;
import org.opensearch.script.ScriptType;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.ArtefactCounts;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.query.HoldingScript;

/** LoGra with principal components, from texts of an index to vectors. */
public class PcaTests extends ArtefactNodeTestCase {
  private static final int ALL = 1024;

  /** One request fills the queue. */
  @Override
  protected Settings nodeSettings() {
    return Settings.builder()
        .put(super.nodeSettings())
        .put(LocalGradients.QUEUE_SIZE.getKey(), 1)
        .build();
  }

  private static AttributorSpec by(Map<String, ?> compression) {
    Map<String, Object> map =
        new HashMap<>(AttributorSpecFormat.toMap(spec("tiny", "rapidgrad", Map.of())));
    map.put("normalization", "none");
    map.put("score_scale", 1);
    map.put("compression", compression);
    return AttributorSpecFormat.fromMap(map);
  }

  private static AttributorSpec random(int rank) {
    return by(Map.of("method", "logra", "rank", rank));
  }

  private static AttributorSpec pca(int rank, Map<String, ?> more) {
    Map<String, Object> method =
        new HashMap<>(
            Map.of("method", "logra", "rank", rank, "projection", "pca", "artefact", "p"));
    method.putAll(more);
    return by(method);
  }

  private static Map<String, Object> body(String attributor, Map<String, ?> more) {
    Map<String, Object> body = new HashMap<>(more);
    body.put("type", "pca");
    body.put("index", "texts");
    body.put("attributor", attributor);
    return body;
  }

  /** An index of texts alone; every fifth document has no completion. */
  private void texts(int count) {
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    List<Sample> documents = documents(count);
    for (int i = 0; i < count; i++) {
      String half = i % 2 == 0 ? "even" : "odd";
      Map<String, String> source =
          i % 5 == 4
              ? Map.of("instruction", "none", "half", half)
              : Map.of(
                  "instruction",
                  documents.get(i).prompt(),
                  "output",
                  documents.get(i).completion(),
                  "half",
                  half);
      bulk.add(client().prepareIndex("texts").setId("" + i).setSource(source));
    }
    assertFalse(bulk.get().hasFailures());
  }

  private static double inner(float[] u, float[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += (double) u[i] * v[i];
    }
    return sum;
  }

  public void testInnerProductsAreExactWithAllComponentsAndLessWithFew() {
    texts(40);
    put("random", random(ALL));
    put("exact", by(Map.of("method", "identity")));
    StoredArtefact fitted = fit("p", body("random", Map.of()), null);
    assertEquals(32, fitted.content().orElseThrow().documents());
    put("pca", pca(ALL, Map.of()));
    put("few", pca(2, Map.of()));
    List<Sample> samples = documents(6).stream().map(ArtefactNodeTestCase::rendered).toList();
    List<float[]> exact = vectors("exact", samples);
    List<float[]> rotated = vectors("pca", samples);
    List<float[]> few = vectors("few", samples);
    for (int i = 0; i < samples.size(); i++) {
      assertTrue(inner(few.get(i), few.get(i)) < inner(exact.get(i), exact.get(i)));
      for (int j = 0; j < samples.size(); j++) {
        double wanted = inner(exact.get(i), exact.get(j));
        double size =
            Math.sqrt(inner(exact.get(i), exact.get(i)) * inner(exact.get(j), exact.get(j)));
        assertEquals(wanted, inner(rotated.get(i), rotated.get(j)), 1e-5 * size);
      }
    }
  }

  public void testAnArtefactIsShownPinnedAndKept() {
    texts(40);
    RegisteredAttributor with = put("random", random(4));
    long before = reserved();
    StoredArtefact fitted = fit("p", body("random", Map.of()), null);
    assertEquals(before, reserved());
    assertEquals(List.of(fitted), artefacts("p"));
    assertEquals(with.fingerprint(), fitted.vectors().fingerprint());
    assertEquals("random", fitted.toMap().get("attributor"));
    String digest = fitted.content().orElseThrow().digest();
    RegisteredAttributor attributor = put("pca", pca(3, Map.of()));
    assertEquals(digest, attributor.spec().compression().artefact().orElseThrow().digest());
    assertEquals(attributor, put("pca", pca(3, Map.of())));
    assertRefused(
        RestStatus.CONFLICT,
        "artefact [p] is used by attributors [pca]: delete those first",
        () -> delete("p"));
    delete("pca", true);
    delete("p");
    assertRefused(RestStatus.BAD_REQUEST, "no artefact [p]", () -> put("pca", pca(3, Map.of())));
    // The same sample gives the same bytes, and another one others.
    assertEquals(digest, digest(null));
    delete("p");
    assertNotEquals(digest, digest(QueryBuilders.termQuery("half.keyword", "odd")));
    assertNotEquals(attributor.fingerprint(), put("pca", pca(3, Map.of())).fingerprint());
  }

  private String digest(QueryBuilder query) {
    return fit("p", body("random", Map.of()), query).content().orElseThrow().digest();
  }

  public void testWhatCannotBeFittedIsRefusedAndLeavesNothing() {
    texts(10);
    put("random", random(ALL));
    put("rapidgrad", spec("tiny", "rapidgrad", Map.of()));
    fitRefused(
        "with an attributor of compression.method [logra], which says modules and rank: attributor [rapidgrad] has [rapidgrad]",
        body("rapidgrad", Map.of()),
        null);
    fitRefused("no attributor [x]", body("x", Map.of()), null);
    fitRefused("[attributor] is missing", Map.of("type", "pca", "index", "texts"), null);
    fitRefused(
        "unknown key [evaluation.x], allowed in [evaluation] are",
        fisher("texts", Map.of("evaluation", Map.of("index", "texts", "x", 1))),
        null);
    fitRefused("has no [field]", body("random", Map.of("field", "gradient")), null);
    fitRefused(
        "which do not determine",
        body("random", Map.of("sample_size", 1)),
        QueryBuilders.existsQuery("output"));
    fitRefused(
        "no document of the sample has a text by the template of attributor [random]: field [output] is missing",
        body("random", Map.of()),
        QueryBuilders.termQuery("instruction", "none"));
    fitRefused(
        "no document of [texts] matches the query",
        body("random", Map.of()),
        QueryBuilders.termQuery("half", "neither"));
    assertEquals(List.of(), artefacts(null));
  }

  private void fitRefused(String sentence, Map<String, Object> body, QueryBuilder query) {
    assertRefused(RestStatus.BAD_REQUEST, sentence, () -> fit("p", body, query));
  }

  public void testAnArtefactOfOtherGradientsOrTypeIsRefused() {
    texts(20);
    put("random", random(4));
    fit("p", body("random", Map.of()), null);
    putRefused(
        "compression.rank is 5, and artefact [p] was fitted with attributor [random] of rank 4",
        pca(5, Map.of()));
    putRefused(
        "artefact [p] was fitted with attributor [random]: fit compression.artefact with",
        pca(4, Map.of("modules", "mlp")));
    putRefused(
        "artefact [p] has type [pca], but an artefact of type [fisher] is needed here",
        by(Map.of("method", "trackstar", "dimension", 300, "autocorrelation", "p")));
    putRefused("has digest [", pca(4, Map.of("artefact_digest", "0a")));
    fill("vectors", random(4), documents(10));
    fit("f", fisher("vectors", Map.of()), null);
    putRefused(
        "artefact [f] has type [fisher], but an artefact of type [pca] is needed here",
        pca(4, Map.of("artefact", "f")));
  }

  private void putRefused(String sentence, AttributorSpec spec) {
    assertRefused(RestStatus.BAD_REQUEST, sentence, () -> put("pca", spec));
  }

  public void testAFitWaitsWhileTheQueueIsFull() {
    texts(40);
    RegisteredAttributor with = put("random", random(4));
    String digest = digest(null);
    delete("p");
    LocalGradients local = getInstanceFromNode(LocalGradients.class);
    long rejected = local.stats().rejected();
    CompletableFuture<List<GradientResult>> bulk =
        local.documents(with.resolved(), Collections.nCopies(3_000, QUERY));
    assertEquals(digest, digest(null));
    assertTrue("the queue was full", local.stats().rejected() > rejected);
    assertEquals(3_000, bulk.join().size());
  }

  /** A breaker with room for so many bytes, of which some are in use. */
  private static CircuitBreaker breaker(long limit, long used) {
    return new NoopCircuitBreaker("rapidin") {
      @Override
      public double addEstimateBytesAndMaybeBreak(long bytes, String label) {
        if (used + bytes > limit) {
          throw new CircuitBreakingException(label, bytes, limit, Durability.TRANSIENT);
        }
        return used + bytes;
      }
    };
  }

  private StoredArtefact fitWith(CircuitBreaker breaker) throws IOException {
    Artefacts artefacts =
        new Artefacts(
            new ArtefactIndex(client(), getInstanceFromNode(ClusterService.class)::state),
            getInstanceFromNode(ThreadPool.class),
            () -> breaker,
            1,
            new ArtefactCounts());
    FitArtefactAction.Request request =
        new FitArtefactAction.Request("p", body("random", Map.of()), null, null, false);
    Task task = request.createTask(1, "transport", "fit", TaskId.EMPTY_TASK_ID, Map.of());
    return new ComponentFits(
            getInstanceFromNode(AttributorRegistry.class),
            getInstanceFromNode(ModelCatalog.class),
            getInstanceFromNode(LocalGradients.class),
            artefacts)
        .fit(request, (ProgressTask) task, new TaskId("node", 1), client());
  }

  public void testCovariancesThatDoNotFitAreRefusedWithTheNumbers() throws IOException {
    texts(10);
    put("random", random(4));
    AttributorSpec spec = attributors("random").getFirst().spec();
    long bytes = PcaFit.bytes(getInstanceFromNode(ModelCatalog.class).gradients(spec), 4);
    String sentence =
        "the covariances of 14 layers take %s bytes on the heap with their eigenvectors, the limit is %s: use an attributor with fewer modules";
    assertRefused(
        RestStatus.BAD_REQUEST,
        sentence.formatted(bytes, bytes - 1),
        () -> fitWith(breaker(bytes - 1, 0)));
    assertRefused(
        RestStatus.TOO_MANY_REQUESTS,
        sentence.formatted(bytes, bytes),
        () -> fitWith(breaker(bytes, 1)));
    assertEquals(List.of(), artefacts(null));
    assertEquals(8, fitWith(breaker(bytes, 0)).content().orElseThrow().documents());
  }

  public void testACancelledFitLeavesNothing() throws Exception {
    texts(10);
    put("random", random(4));
    HoldingScript.hold();
    try {
      ActionFuture<ArtefactsResponse> fit =
          client()
              .execute(
                  FitArtefactAction.INSTANCE,
                  new FitArtefactAction.Request(
                      "p",
                      body("random", Map.of()),
                      new ScriptQueryBuilder(
                          new Script(ScriptType.INLINE, "mockscript", "hold", Map.of())),
                      null,
                      false));
      assertTrue(HoldingScript.awaitReached());
      assertEquals("fitting", artefacts("p").getFirst().toMap().get("state"));
      client().admin().cluster().prepareCancelTasks().setActions(FitArtefactAction.NAME).get();
      HoldingScript.open();
      String thrown = ExceptionsHelper.stackTrace(expectThrows(Exception.class, fit::actionGet));
      assertTrue(thrown, thrown.contains("TaskCancelledException"));
    } finally {
      HoldingScript.open();
    }
    assertEquals(List.of(), artefacts(null));
  }
}
