package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.startsWith;

import java.util.List;
import org.apache.lucene.search.Explanation;
import org.opensearch.action.explain.ExplainRequest;
import org.opensearch.action.explain.ExplainResponse;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.GradientVector;
import org.rapidin.plugin.mapper.TestAttributors;

/** What explanations of a score say. */
public class InfluenceExplainTests extends InfluenceByVectorTestCase {
  public void testExplainNamesOriginAndNumbers() {
    for (String id : List.of("doc-00", "doc-41")) {
      ExplainResponse response =
          client()
              .explain(
                  new ExplainRequest(INDEX, id)
                      .query(source("{\"query\": " + byVector(QUERY) + "}").query()))
              .actionGet();
      assertTrue(response.isMatch());
      Explanation explanation = response.getExplanation();
      assertEquals(score(QUERY, id), explanation.getValue().doubleValue(), TOLERANCE);
      assertThat(
          explanation.toString(),
          containsString(
              "attributor [demo], model [model], fingerprint [fingerprint-of-demo]; raw is positive where training on the document moved the model along the query's vector"));
      Explanation[] parts = explanation.getDetails()[0].getDetails();
      double norm = new GradientVector(QUERY).norm();
      assertPart("raw, inner product", raw(QUERY, id), parts[0]);
      assertPart("scale, computed as norm * s", norm * TestAttributors.SCORE_SCALE, parts[1]);
      assertPart("norm of the query", norm, parts[1].getDetails()[0]);
      assertPart("s, score scale", TestAttributors.SCORE_SCALE, parts[1].getDetails()[1]);
      assertPart("norm of the document", new GradientVector(stored.get(id)).norm(), parts[2]);
      assertPart("boost", 1, parts[3]);
    }
    assertFalse(
        client()
            .explain(
                new ExplainRequest(INDEX, "doc-09")
                    .query(source("{\"query\": " + byVector(QUERY) + "}").query()))
            .actionGet()
            .isMatch());
  }

  private static void assertPart(String name, double value, Explanation part) {
    assertThat(part.getDescription(), startsWith(name));
    assertEquals(value, part.getValue().doubleValue(), 1e-6 * Math.max(1, Math.abs(value)));
  }

  public void testASearchExplainsItsHits() {
    SearchHit hit =
        search("{\"explain\": true, \"query\": " + byVector(QUERY, "\"boost\": 3") + "}")
            .getHits()
            .getAt(0);
    assertEquals(3 * score(QUERY, hit.getId()), hit.getScore(), TOLERANCE * 3);
    assertEquals(hit.getScore(), hit.getExplanation().getValue().floatValue(), 1e-5);
  }
}
