package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.opensearch.ExceptionsHelper;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.ScriptQueryBuilder;
import org.opensearch.script.Script;
import org.opensearch.script.ScriptType;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.ArtefactCounts;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.query.HoldingScript;

/** Fits of principal components that wait, are too large, or are cancelled. */
public class PcaFitTests extends PcaTestCase {
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
