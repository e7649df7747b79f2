package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchType;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;

/** Vectors of queries and tokens between the nodes of a cluster: what moves, and what stays. */
@ClusterScope(numDataNodes = 3, numClientNodes = 0, supportsDedicatedMasters = false)
public class GradientHandlesIT extends GradientHandlesTestCase {
  public void testASearchMovesAVectorPerNodeAndTheRowsOfItsHits() throws Exception {
    for (int shards : new int[] {3, 30}) {
      String index = "train-" + shards;
      fill(index, shards);
      String body = body(10, words(120), "").replace("capital?", "capital of " + shards + "?");
      search(index, body.replace("capital", "warm up"));
      long before = transportBytes();
      SearchResponse response = search(index, body);
      long moved = transportBytes() - before;
      assertEquals(10, response.getHits().getHits().length);
      assertTokens(response, "capital of " + shards + "?", words(120));
      logger.info("{} shards: a search with 120 tokens moved {} bytes", shards, moved);
      assertThat(moved, lessThanOrEqualTo((1 + 3) * VECTOR_BYTES + 10 * ROW_BYTES + (1 << 20)));
    }
  }

  public void testTheVectorsOfFewTokensGoToTheManyHits() throws Exception {
    fill("train", 3);
    AtomicInteger rows = count(INFLUENCES_ACTION);
    AtomicInteger vectors = count(TOKENS_ACTION);
    String body = body(DOCUMENTS, "Paris", "");
    long before = transportBytes();
    SearchResponse response = search("train", body);
    long moved = transportBytes() - before;
    assertTokens(response, "Paris");
    assertEquals(0, rows.get());
    assertEquals("one request a node that is not the holder", 2, vectors.get());
    assertThat(moved, lessThanOrEqualTo(2 * 2 * VECTOR_BYTES + (1 << 20)));
  }

  public void testOneShardOneScrollAndDfsHaveTheSameInfluences() throws Exception {
    fill("one", 1);
    fill("three", 3);
    String body = body(5, words(12), "");
    SearchResponse wanted = search("three", body);
    assertTokens(wanted, words(12));
    for (String node : internalCluster().getNodeNames()) {
      SearchResponse single = client(node).search(request(node, "one", body)).actionGet();
      assertTokens(single, words(12));
      SearchResponse dfs =
          client(node)
              .search(request(node, "three", body).searchType(SearchType.DFS_QUERY_THEN_FETCH))
              .actionGet();
      assertTokens(dfs, words(12));
      SearchResponse page =
          client(node)
              .search(request(node, "three", body).scroll(TimeValue.timeValueMinutes(1)))
              .actionGet();
      int seen = 0;
      while (page.getHits().getHits().length > 0) {
        assertTokens(page, words(12));
        seen += page.getHits().getHits().length;
        page =
            client(node)
                .prepareSearchScroll(page.getScrollId())
                .setScroll(TimeValue.timeValueMinutes(1))
                .get();
      }
      assertEquals(DOCUMENTS, seen);
      client(node).prepareClearScroll().addScrollId(page.getScrollId()).get();
    }
  }

  public void testEqualQueriesAreAnsweredFromTheRequestCache() throws Exception {
    fill("train", 3);
    String body =
        """
        {"size": 0, "query": {"influence": {"gradient": {"prompt": "p", "completion": "a b"}}},
          "aggs": {"n": {"max": {"field": "n"}}}}
        """;
    // A merge in the background would change the reader, and with it the keys.
    client().admin().indices().prepareForceMerge("train").setMaxNumSegments(1).get();
    refresh("train");
    for (int round = 0; round < 2; round++) {
      for (String node : internalCluster().getNodeNames()) {
        client(node).search(request(node, "train", body).requestCache(true)).actionGet();
      }
    }
    var cache = client().admin().indices().prepareStats("train").get().getTotal().getRequestCache();
    // How many of the 18 miss depends on merges in the background too.
    assertThat(cache.getHitCount(), greaterThan(0L));
  }

  public void testNothingStaysReservedOnceGradientsExpire() throws Exception {
    fill("train", 3);
    for (int i = 0; i < 5; i++) {
      search("train", body(10, words(20 + i), ""));
    }
    assertBusy(
        () -> {
          for (GradientTestPlugin plugin : plugins()) {
            plugin.expireGradients();
            assertEquals(0, plugin.reservedBytes());
          }
        });
  }

  /** A holder forgets what no search uses after its time to live; a scroll may be read later. */
  public void testLaterPagesOfAScrollHaveTokensAfterTheHolderForgotThem() throws Exception {
    String node = internalCluster().getNodeNames()[1];
    fill("train", 3, Settings.builder().put("index.routing.allocation.exclude._name", node));
    for (SearchType type : List.of(SearchType.QUERY_THEN_FETCH, SearchType.DFS_QUERY_THEN_FETCH)) {
      SearchRequest first = request(node, "train", body(5, words(12), "")).searchType(type);
      SearchResponse page =
          client(node).search(first.scroll(TimeValue.timeValueMinutes(1))).actionGet();
      int seen = 0;
      while (page.getHits().getHits().length > 0) {
        assertEquals(0, page.getFailedShards());
        assertTokens(page, words(12));
        seen += page.getHits().getHits().length;
        plugins().forEach(GradientTestPlugin::expireGradients);
        page =
            client(node)
                .prepareSearchScroll(page.getScrollId())
                .setScroll(TimeValue.timeValueMinutes(1))
                .get();
      }
      assertEquals(DOCUMENTS, seen);
      client(node).prepareClearScroll().addScrollId(page.getScrollId()).get();
    }
    assertBusy(
        () -> {
          for (GradientTestPlugin plugin : plugins()) {
            plugin.expireGradients();
            assertEquals(0, plugin.reservedBytes());
          }
        });
  }
}
