package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.Explanation;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.AttributorSpecFormat;

/** Ranks that hits may have: where there are any, and against a plain count over all pairs. */
public class CalibrationRankTests extends CalibrationTestCase {
  public void testRanksAreThoseThatTheErrorsAllow() throws IOException {
    fill("a", of(Map.of("method", "rapidgrad", "dimension", 512), "layer"), documents(DOCUMENTS));
    String even = ",\"filter\":{\"term\":{\"half\":\"even\"}}";
    for (String more : List.of("", ",\"direction\":\"opponents\"", even)) {
      SearchHit[] hits = search(query(more), "true", "");
      assertEquals(more.equals(even) ? DOCUMENTS / 2 : DOCUMENTS, hits.length);
      for (int i = 0; i < hits.length; i++) {
        Map<?, ?> rank = (Map<?, ?>) calibration(hits[i]).get("rank");
        int best = i + 1;
        int worst = i + 1;
        for (int j = 0; j < hits.length; j++) {
          double reach =
              1.96
                  * Math.hypot(
                      number(hits[i], "standard_error"), number(hits[j], "standard_error"));
          boolean close = Math.abs(raw(hits[i]) - raw(hits[j])) <= reach;
          best -= close && j < i ? 1 : 0;
          worst += close && j > i ? 1 : 0;
          if (j == i + 1) {
            assertEquals(!close, rank.get("separated"));
          }
        }
        assertEquals((long) best, ((Number) rank.get("best")).longValue());
        assertEquals((long) worst, ((Number) rank.get("worst")).longValue());
      }
    }
    String words =
        "{\"bool\":{\"must\":[%s],\"should\":[{\"match_all\":{}}]}}".formatted(query(""));
    for (SearchHit hit : search(words, "true", "")) {
      assertFalse(calibration(hit).containsKey("rank"));
      assertTrue(number(hit, "standard_error") > 0);
    }
    for (SearchHit hit :
        search("{\"bool\":{\"boost\":0,\"must\":[%s]}}".formatted(query("")), "true", "")) {
      assertFalse(calibration(hit).containsKey("rank"));
    }
    for (String more :
        List.of(
            ",\"indices_boost\":[{\"a\":2}]",
            ",\"indices_boost\":[{\"a\":1}]", // as if only another index were boosted
            ",\"terminate_after\":30",
            ",\"sort\":[\"_doc\"],\"track_scores\":true")) {
      for (SearchHit hit : search(query(""), "true", more)) {
        assertFalse(more, calibration(hit).containsKey("rank"));
        assertTrue(number(hit, "standard_error") > 0);
      }
    }
    for (SearchHit hit : search(query(",\"boost\":0"), "true", "")) {
      assertFalse(calibration(hit).containsKey("rank"));
    }
    SearchHit[] least = search(query(""), "true", ",\"min_score\":0.01");
    Map<?, ?> end = (Map<?, ?>) calibration(least[least.length - 1]).get("rank");
    assertFalse("a document with a lower score may be close", end.containsKey("worst"));
    SearchHit[] page = search(query(""), "true", ",\"from\":20,\"size\":5");
    Map<?, ?> last = (Map<?, ?>) calibration(page[4]).get("rank");
    assertFalse("documents may follow that are close", last.containsKey("worst"));
  }

  /** Hits are ordered by normalized influences then, of which there is no error. */
  public void testNormalizedInfluencesHaveNoRanks() throws IOException {
    fill("a", of(Map.of("method", "rapidgrad", "dimension", 512), "none"), documents(DOCUMENTS));
    fit("b", background(Map.of()), null);
    for (String size : List.of(",\"size\":1", "")) {
      for (String kind : List.of("cosine", "l2")) {
        String normalized = query(",\"normalize\":\"%s\"".formatted(kind));
        for (SearchHit hit : search(normalized, "{\"background\":\"b\"}", size)) {
          assertFalse(calibration(hit).containsKey("rank"));
          List<?> interval = (List<?>) calibration(hit).get("interval");
          double reach = 1.96 * number(hit, "standard_error");
          assertEquals(raw(hit) - reach, ((Number) interval.get(0)).doubleValue(), 1e-3 * reach);
          assertEquals(raw(hit) + reach, ((Number) interval.get(1)).doubleValue(), 1e-3 * reach);
          Map<?, ?> compared = (Map<?, ?>) calibration(hit).get("background");
          double deviation = (double) compared.get("standard_deviation");
          double z = (raw(hit) - (double) compared.get("mean")) / deviation;
          assertEquals(z, (double) compared.get("z"), 1e-6);
        }
      }
      assertTrue(calibration(search(query(""), "true", size)[0]).containsKey("rank"));
    }
  }

  /** All scores are 2 or 0 then, so that the first hit is any document. */
  public void testScoresThatDoNotTellInfluencesApartGiveNoRanks() throws IOException {
    Map<String, Object> map =
        AttributorSpecFormat.toMap(of(Map.of("method", "rapidgrad", "dimension", 512), "layer"));
    map.put("score_scale", 1e-12);
    fill("a", AttributorSpecFormat.fromMap(map), documents(DOCUMENTS));
    for (SearchHit hit : search(query(""), "true", ",\"size\":1")) {
      assertTrue(number(hit, "standard_error") > 0);
      assertFalse(calibration(hit).containsKey("rank"));
    }
  }

  public void testAVectorThatAUserBroughtHasNoError() throws IOException {
    fill("a", of(Map.of("method", "rapidgrad", "dimension", 512), "layer"), documents(DOCUMENTS));
    client()
        .prepareIndex("a")
        .setId("own")
        .setPipeline("_none")
        .setSource(Map.of("gradient", rows("a").get(7)))
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    boolean before = true;
    for (SearchHit hit : search(query(""), "true", "")) {
      before &= !hit.getId().equals("own");
      Map<?, ?> rank = (Map<?, ?>) calibration(hit).get("rank");
      assertEquals(before, rank != null);
      assertFalse("its own influence may be any", before && rank.containsKey("worst"));
      if (hit.getId().equals("own")) {
        String reason = calibration(hit).get("reason").toString();
        assertTrue(reason, reason.startsWith("a user brought the vector of this document"));
      } else {
        assertTrue(number(hit, "standard_error") > 0);
      }
    }
    assertFalse("the hit was found", before);
    Explanation explained =
        client()
            .prepareExplain("a", "own")
            .setQuery(QueryBuilders.wrapperQuery(query("")))
            .get()
            .getExplanation();
    String words = explained.getDetails()[1].getDescription();
    assertTrue(words, words.contains("a user brought the vector of this document"));
  }

  public void testClausesAreFoundInRewrittenQueries() throws IOException {
    fill("a", of(Map.of("method", "rapidgrad", "dimension", 512), "layer"), documents(DOCUMENTS));
    byte[] json = query("").getBytes(StandardCharsets.UTF_8);
    String wrapped =
        "{\"wrapper\":{\"query\":\"%s\"}}".formatted(Base64.getEncoder().encodeToString(json));
    for (SearchHit hit : search(wrapped, "true", "")) {
      assertTrue(calibration(hit).containsKey("rank"));
    }
    String unmapped =
        query(",\"ignore_unmapped\":true").replace("{\"gradient\":", "{\"no_field\":");
    for (SearchHit hit :
        search("{\"bool\":{\"should\":[{\"match_all\":{}},%s]}}".formatted(unmapped), "true", "")) {
      assertNull(hit.field("influence_calibration"));
    }
  }
}
