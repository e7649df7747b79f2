package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;

/** Searches that ask how sure influences are. */
abstract class CalibrationTestCase extends ArtefactNodeTestCase {
  static final int DOCUMENTS = 40;
  static final String EXT = ",\"ext\":{\"influence\":{\"calibration\":%s}}}";

  static AttributorSpec of(Map<String, Object> compression, String normalization) {
    Map<String, Object> map =
        new TreeMap<>(AttributorSpecFormat.toMap(spec("tiny", "logra", Map.of())));
    map.put("compression", compression);
    map.put("normalization", normalization);
    map.put("score_scale", 1);
    return AttributorSpecFormat.fromMap(map);
  }

  SearchHit[] search(String query, String calibration, String more) throws IOException {
    String size = more.contains("size") ? "" : ",\"size\":100";
    String body =
        "{\"track_total_hits\":true"
            + size
            + more
            + ",\"query\":"
            + query
            + EXT.formatted(calibration);
    SearchHit[] hits =
        client()
            .prepareSearch("a")
            .setSource(
                SearchSourceBuilder.fromXContent(createParser(JsonXContent.jsonXContent, body)))
            .get()
            .getHits()
            .getHits();
    assertTrue("there are hits", hits.length > 0);
    return hits;
  }

  static Map<?, ?> calibration(SearchHit hit) {
    return hit.field("influence_calibration").getValue();
  }

  static double number(SearchHit hit, String key) {
    return ((Number) calibration(hit).get(key)).doubleValue();
  }

  static double raw(SearchHit hit) {
    return ((Number) hit.field("influence").getValue()).doubleValue();
  }

  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  List<float[]> rows(String attributor) {
    return vectors(
        attributor, documents(DOCUMENTS).stream().map(ArtefactNodeTestCase::rendered).toList());
  }

  void remove() {
    client().admin().indices().prepareDelete("a").get();
    delete("a", true);
  }

  static Map<String, Object> background(Map<String, ?> more) {
    Map<String, Object> body = new HashMap<>(fisher("a", more));
    body.put("type", "background");
    return body;
  }
}
