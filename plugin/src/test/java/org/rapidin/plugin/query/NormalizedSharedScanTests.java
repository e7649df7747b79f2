package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.search.SearchHit;

/** Searches that share a scan share its products, and not what each divides them by. */
public class NormalizedSharedScanTests extends ScanGateTestCase {
  private static final List<String> NORMALIZED = List.of("none", "l2", "cosine", "none", "l2");

  private static String body(int query) {
    return "{\"size\": 100, \"query\": %s}"
        .formatted(
            byVector(
                FakeGradients.gaussian(query),
                "\"normalize\": \"%s\"".formatted(NORMALIZED.get(query))));
  }

  private static Map<String, Float> scores(SearchResponse answer) {
    Map<String, Float> scores = new TreeMap<>();
    for (SearchHit hit : answer.getHits()) {
      scores.put(hit.getId(), hit.getScore());
    }
    return scores;
  }

  public void testEachIsDividedByItsOwnMeasure() throws Exception {
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    List<ActionFuture<SearchResponse>> shared = new ArrayList<>();
    for (int i = 0; i < NORMALIZED.size(); i++) {
      shared.add(start(body(i), INDEX));
    }
    assertScans(1, 2 + 3 * NORMALIZED.size());
    HoldingScript.open();
    holder.get(30, TimeUnit.SECONDS);
    for (int i = 0; i < NORMALIZED.size(); i++) {
      Map<String, Float> together = scores(shared.get(i).get(30, TimeUnit.SECONDS));
      Map<String, Float> alone = scores(start(body(i), INDEX).get(30, TimeUnit.SECONDS));
      assertEquals(WITH_VECTOR, alone.size());
      assertEquals(alone.keySet(), together.keySet());
      alone.forEach((id, score) -> assertEquals(score, together.get(id), 1e-6));
    }
  }
}
