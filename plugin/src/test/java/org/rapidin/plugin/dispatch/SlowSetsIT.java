package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.handle.GradientHandles;

/**
 * Sets of generations and training tokens, of which one computation does not end, is refused or is
 * cancelled.
 */
public class SlowSetsIT extends SlowModelTestCase {
  private List<String> nodes;

  private Client client0() {
    return internalCluster().client(nodes.get(0));
  }

  private MockTransportService model() {
    return (MockTransportService)
        internalCluster().getInstance(TransportService.class, nodes.get(1));
  }

  private SearchRequestBuilder searchSet(String words) {
    return client0()
        .prepareSearch("train")
        .setQuery(
            QueryBuilders.wrapperQuery(
                """
                {"influence": {"gradient": {"generations": [
                  {"prompt": "a", "completion": "first %s"},
                  {"prompt": "a", "completion": "second %s"},
                  {"prompt": "a", "completion": "third %s"}]}}}
                """
                    .formatted(words, words, words)));
  }

  /** The request of this number, counted from 1, waits for the latch; later ones count. */
  private AtomicInteger hold(String action, int number, CountDownLatch latch) {
    AtomicInteger requests = new AtomicInteger();
    model()
        .addRequestHandlingBehavior(
            action,
            (handler, request, channel, task) -> {
              if (requests.incrementAndGet() == number) {
                latch.await(30, TimeUnit.SECONDS);
              }
              handler.messageReceived(request, channel, task);
            });
    return requests;
  }

  private void assertNothingIsInUse() throws Exception {
    for (String node : nodes) {
      GradientHandles handles = internalCluster().getInstance(GradientHandles.class, node);
      assertBusy(() -> assertEquals(node, 0, handles.bytesInUse()));
    }
  }

  public void testASetWhoseGradientsTakeTooLongEndsWithTimedOut() throws Exception {
    nodes = startNodes();
    CountDownLatch latch = new CountDownLatch(1);
    AtomicInteger requests = hold(GradientTransport.QUERY, 2, latch);
    SearchResponse answer = searchSet("a").setTimeout(TimeValue.timeValueSeconds(2)).get();
    assertTrue(answer.isTimedOut());
    assertEquals(0, answer.getHits().getHits().length);
    latch.countDown();
    assertBusy(() -> assertEquals(List.of(), gradientTasks()));
    assertEquals("the third was never asked for", 2, requests.get());
    assertNothingIsInUse();
  }

  public void testASetThatIsCancelledBetweenItsGradientsAsksForNoMore() throws Exception {
    nodes = startNodes();
    CountDownLatch latch = new CountDownLatch(1);
    AtomicInteger requests = hold(GradientTransport.QUERY, 2, latch);
    ActionFuture<SearchResponse> search = searchSet("b").execute();
    assertBusy(() -> assertEquals(2, requests.get()));
    client().admin().cluster().prepareCancelTasks().setActions(SearchAction.NAME).get();
    Exception fault = expectThrows(Exception.class, search::actionGet);
    assertNotNull(ExceptionsHelper.unwrap(fault, TaskCancelledException.class));
    latch.countDown();
    assertBusy(() -> assertEquals(List.of(), gradientTasks()));
    assertEquals(2, requests.get());
    assertNothingIsInUse();
  }

  public void testASetOfWhichOneGradientIsRefusedIsRefused() throws Exception {
    nodes = startNodes();
    AtomicInteger requests = new AtomicInteger();
    model()
        .addRequestHandlingBehavior(
            GradientTransport.QUERY,
            (handler, request, channel, task) -> {
              if (requests.incrementAndGet() == 2) {
                channel.sendResponse(new OpenSearchRejectedExecutionException("the queue is full"));
              } else {
                handler.messageReceived(request, channel, task);
              }
            });
    Exception refused = expectThrows(Exception.class, () -> searchSet("c").get());
    assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(refused));
    assertEquals(2, requests.get());
    assertNothingIsInUse();
    assertEquals(2, searchSet("c").get().getHits().getTotalHits().value());
    assertEquals("the first was kept", 4, requests.get());
  }

  private SearchRequestBuilder searchTokens() {
    SearchRequestBuilder search = search(client0(), "ab");
    SearchSourceBuilder source = search.request().source();
    source.ext(List.of(new InfluenceExtBuilder(false, 2, false)));
    return search;
  }

  public void testACancelledSearchStopsTheGradientsOfTrainingTokens() throws Exception {
    nodes = startNodes();
    search(client0(), "ab").get(); // its gradient is kept
    CountDownLatch latch = new CountDownLatch(1);
    AtomicInteger requests = hold(GradientTransport.TRAINING_TOKENS, 1, latch);
    ActionFuture<SearchResponse> search = searchTokens().execute();
    assertBusy(() -> assertEquals(1, requests.get()));
    assertEquals(1, tasks(TrainingTokensAction.NAME).size());
    client().admin().cluster().prepareCancelTasks().setActions(SearchAction.NAME).get();
    Exception fault = expectThrows(Exception.class, search::actionGet);
    assertNotNull(ExceptionsHelper.unwrap(fault, TaskCancelledException.class));
    latch.countDown();
    assertBusy(() -> assertEquals(List.of(), gradientTasks()));
    assertEquals("the second hit was not asked for", 1, requests.get());
    assertNothingIsInUse();
  }

  public void testTrainingTokensThatTakeTooLongAreAnErrorOfTheirHits() throws Exception {
    nodes = startNodes();
    search(client0(), "ab").get();
    CountDownLatch latch = new CountDownLatch(1);
    hold(GradientTransport.TRAINING_TOKENS, 1, latch);
    SearchResponse answer = searchTokens().setTimeout(TimeValue.timeValueSeconds(2)).get();
    latch.countDown();
    assertEquals(2, answer.getHits().getHits().length);
    for (SearchHit hit : answer.getHits()) {
      String training = hit.field("influence_training_tokens").getValue().toString();
      assertTrue(training, training.contains("within the timeout of the search"));
    }
    assertNothingIsInUse();
  }

  public void testTrainingTokensThatAreRefusedRefuseTheSearch() throws Exception {
    nodes = startNodes();
    model()
        .addRequestHandlingBehavior(
            GradientTransport.TRAINING_TOKENS,
            (handler, request, channel, task) ->
                channel.sendResponse(
                    new OpenSearchRejectedExecutionException("the queue is full")));
    Exception refused = expectThrows(Exception.class, () -> searchTokens().get());
    assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(refused));
    assertNothingIsInUse();
  }
}
