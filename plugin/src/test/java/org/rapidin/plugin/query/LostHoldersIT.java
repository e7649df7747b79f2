package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.core.rest.RestStatus;
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
          SearchRequest count = request("train", body.replace("true", "false"));
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
    for (String action : List.of(INFLUENCES_ACTION, TOKENS_ACTION)) {
      Held unanswered = hold(action);
      String words = action.equals(TOKENS_ACTION) ? "w1" : words(32);
      ActionFuture<SearchResponse> search =
          client(holder()).search(request("train", body(10, words, "")));
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
