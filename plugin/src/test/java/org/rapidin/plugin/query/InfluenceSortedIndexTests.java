package org.rapidin.plugin.query;

import java.util.List;
import java.util.Map;
import org.junit.Before;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.search.SearchHit;

/** An index whose segments are sorted against the order in which its documents came. */
public class InfluenceSortedIndexTests extends InfluenceNodeTestCase {
  private static final float[] QUERY = FakeGradients.gaussian(4711);
  private static final Settings SORTED =
      Settings.builder()
          .putList("index.sort.field", "group", "n")
          .putList("index.sort.order", "asc", "desc")
          .build();

  @Before
  public void fill() {
    createTrainingIndex("demo", SORTED);
  }

  public void testVectorsStayWithTheirDocuments() {
    assertInfluencesOfTheOracle();
  }

  public void testVectorsStayWithTheirDocumentsThroughDeletesAndMerges() {
    BulkRequest changes = new BulkRequest(INDEX).setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (String id : List.copyOf(stored.keySet())) {
      switch (number(id) % 5) {
        case 0 -> {
          changes.add(new DeleteRequest(INDEX, id));
          stored.remove(id);
        }
        case 1 -> {
          String row = base64(id, FakeGradients.gaussian(100 + number(id)));
          changes.add(new IndexRequest(INDEX).id(id).source(Map.of("gradient", row, "n", 7)));
        }
        default -> {}
      }
    }
    assertFalse(client().bulk(changes).actionGet().hasFailures());
    assertInfluencesOfTheOracle();
    client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
    client().admin().indices().prepareRefresh(INDEX).get();
    assertInfluencesOfTheOracle();
  }

  private void assertInfluencesOfTheOracle() {
    SearchResponse response = search("{\"size\": 100, \"query\": " + byVector(QUERY) + "}");
    assertEquals(ranked(id -> score(QUERY, id)), ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(score(QUERY, hit.getId()), hit.getScore(), TOLERANCE);
      assertEquals(raw(QUERY, hit.getId()), value(hit, "influence"), 1e-3);
    }
  }
}
