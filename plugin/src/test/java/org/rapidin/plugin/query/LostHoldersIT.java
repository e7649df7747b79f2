package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.search.fetch.ShardFetchRequest;
import org.opensearch.search.internal.ShardSearchRequest;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;

/** Nodes that keep gradients for others and stop, leave, or are hidden by another search. */
@ClusterScope(numDataNodes = 3, numClientNodes = 0, supportsDedicatedMasters = false)
public class LostHoldersIT extends GradientHandlesTestCase {
  public void testASearchWithoutTokensDoesNotHideTheHolderOfTokens() throws Exception {
    fill("train", 3);
    for (String words : List.of(words(31), "w0")) {
      String body = body(10, words, "");
      int before = computed();
      Held fetches = hold(SearchTransportService.FETCH_ID_ACTION_NAME);
      ActionFuture<SearchResponse> withTokens = client(holder()).search(request("train", body));
      assertBusy(() -> assertTrue(fetches.count() > 0));
      int others = 0;
      for (String node : internalCluster().getNodeNames()) {
        if (!node.equals(holder())) {
          SearchRequest count = request(node, "train", body.replace("true", "false"));
          count.source().size(0);
          client(node).search(count.requestCache(false)).actionGet();
          others++;
        }
      }
      fetches.letGo();
      assertTokens(withTokens.actionGet(), words);
      assertEquals("no search was repeated", before + 1 + others, computed());
      behave();
    }
  }

  public void testACancelledSearchDoesNotWaitForAHolderThatHasStopped() throws Exception {
    fill("train", 3);
    for (String action : List.of(INFLUENCES_ACTION, TOKENS_ACTION, VECTOR_ACTION)) {
      Held unanswered = hold(action);
      ActionFuture<SearchResponse> search =
          client(holder()).search(request("train", asksFor(action, "cancelled")));
      try {
        assertBusy(() -> assertTrue(action, unanswered.count() > 0));
        client().admin().cluster().prepareCancelTasks().setActions(SearchAction.NAME).get();
        // The holder would be waited for during 10 seconds.
        assertBusy(() -> assertTrue(search.isDone()), 6, TimeUnit.SECONDS);
      } finally {
        unanswered.letGo();
        behave();
      }
    }
  }

  /** Returns a search that sends an action to the holder of its gradient. */
  private static String asksFor(String action, String prompt) {
    // The vectors of many tokens stay at their holder.
    return body(10, action.equals(INFLUENCES_ACTION) ? words(32) : "w1", "")
        .replace("capital?", prompt + action);
  }

  public void testASearchWithATimeoutDoesNotWaitForAHolderThatHasStopped() throws Exception {
    fill("train", 3);
    fill("one", 1, Settings.builder().put("index.routing.allocation.exclude._name", holder()));
    for (String index : List.of("train", "one")) {
      for (String action : List.of(VECTOR_ACTION, TOKENS_ACTION, INFLUENCES_ACTION)) {
        Held unanswered = hold(action);
        // Where the vectors of tokens do not arrive, the rows are sent.
        Held rows = action.equals(TOKENS_ACTION) ? hold(INFLUENCES_ACTION) : new Held(List.of());
        SearchRequest request = request(index, asksFor(action, index));
        request.source().timeout(TimeValue.timeValueSeconds(1));
        long start = System.nanoTime();
        try {
          SearchResponse answer = client(holder()).search(request).actionGet();
          long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
          logger.info("{} without {}: answered after {} ms", index, action, millis);
          // The holder would be waited for during 10 seconds.
          assertTrue(millis + " ms", millis < 5_000);
          assertTrue(action, unanswered.count() > 0);
          assertEquals(0, answer.getFailedShards());
          assertEquals(action.equals(VECTOR_ACTION), answer.isTimedOut());
          assertEquals(answer.toString(), !action.equals(VECTOR_ACTION), lacksTokens(answer));
        } finally {
          unanswered.letGo();
          rows.letGo();
          behave();
        }
      }
    }
  }

  private static boolean lacksTokens(SearchResponse answer) {
    return Arrays.stream(answer.getHits().getHits())
        .map(hit -> (Map<?, ?>) hit.field("influence_tokens").getValue())
        .anyMatch(first -> ("" + first.get("error")).contains("within the timeout"));
  }

  /** And one that is repeated what is left then. */
  public void testShardsGetWhatIsLeftOfTheTimeout() throws Exception {
    fill("train", 3);
    // Again where the machine is busy.
    assertBusy(() -> assertEquals(Set.of(10_000L), timeouts("at once")), 1, TimeUnit.MINUTES);
    plugins().forEach(plugin -> plugin.gradients().take(TimeValue.timeValueSeconds(1)));
    try {
      for (int repeated : List.of(0, 1)) {
        fail(VECTOR_ACTION, repeated);
        SortedSet<Long> timeouts = timeouts("slow" + repeated);
        assertThat(timeouts.first(), lessThanOrEqualTo(9_000L - 1_000L * repeated));
        assertThat(timeouts.last(), lessThanOrEqualTo(9_000L));
      }
    } finally {
      plugins().forEach(plugin -> plugin.gradients().take(TimeValue.ZERO));
    }
  }

  /** Timeouts of what is sent to shards, in milliseconds. */
  private SortedSet<Long> timeouts(String prompt) throws Exception {
    SortedSet<Long> seen = new ConcurrentSkipListSet<>();
    handle(
        SearchTransportService.QUERY_ACTION_NAME,
        (handler, request, channel, task) -> {
          seen.add(((ShardSearchRequest) request).source().timeout().millis());
          handler.messageReceived(request, channel, task);
        });
    handle(
        SearchTransportService.FETCH_ID_ACTION_NAME,
        (handler, request, channel, task) -> {
          ShardSearchRequest search = ((ShardFetchRequest) request).getShardSearchRequest();
          seen.add(search.source().timeout().millis());
          handler.messageReceived(request, channel, task);
        });
    SearchRequest request = request("train", body(10, "w1", "").replace("capital?", prompt));
    request.source().timeout(TimeValue.timeValueSeconds(10));
    SearchResponse answer = client(holder()).search(request).actionGet();
    assertEquals(0, answer.getFailedShards());
    assertTokens(answer, prompt, "w1");
    behave();
    return seen;
  }

  public void testALostHolderIsAskedAgainOnce() throws Exception {
    fill("train", 3);
    for (String action : List.of(VECTOR_ACTION, INFLUENCES_ACTION)) {
      AtomicInteger failures = fail(action, 1);
      int before = computed();
      SearchResponse response = search("train", body(10, words(30), ", \"boost\": 2"));
      assertTokens(response, words(30));
      assertEquals(action, 0, failures.get());
      assertEquals(action, before + 2, computed());
      behave();
    }
  }

  /** The repeated search finds what was combined, and asks for one gradient for the permission. */
  public void testALostHolderOfASetIsAskedAgainOnce() throws Exception {
    fill("train", 3);
    for (String combine : List.of("mean", "max")) {
      String body =
          """
          {"size": 10, "query": {"influence": {"gradient": {"combine": "%s", "generations": [
            {"prompt": "capital?", "completion": "w1 w2"},
            {"prompt": "capital?", "completion": "w3"}]}}}}
          """
              .formatted(combine);
      AtomicInteger failures = fail(VECTOR_ACTION, 1);
      int before = computed();
      assertEquals(10, search("train", body).getHits().getHits().length);
      assertEquals(0, failures.get());
      assertEquals(before + 3, computed());
      behave();
    }
  }

  public void testAHolderThatStaysLostIsOneClearError() throws Exception {
    fill("train", 3);
    fail(VECTOR_ACTION, Integer.MAX_VALUE);
    int before = computed();
    SearchRequest request =
        request("train", body(10, words(3), "")).allowPartialSearchResults(false);
    Exception thrown =
        expectThrows(Exception.class, () -> client(holder()).search(request).actionGet());
    assertEquals(before + 2, computed());
    assertEquals(RestStatus.SERVICE_UNAVAILABLE, ExceptionsHelper.status(thrown));
    assertThat(
        ExceptionsHelper.stackTrace(thrown),
        containsString("the gradient of this query is no longer on node"));
  }
}
