package org.rapidin.plugin.artefact;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.query.QueryBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.dispatch.LocalGradients;

/** A node with texts, and attributors of LoGra with random projections and with components. */
abstract class PcaTestCase extends ArtefactNodeTestCase {
  /** One request fills the queue. */
  @Override
  protected Settings nodeSettings() {
    return Settings.builder()
        .put(super.nodeSettings())
        .put(LocalGradients.QUEUE_SIZE.getKey(), 1)
        .build();
  }

  static AttributorSpec by(Map<String, ?> compression) {
    Map<String, Object> map =
        new HashMap<>(AttributorSpecFormat.toMap(spec("tiny", "rapidgrad", Map.of())));
    map.put("normalization", "none");
    map.put("score_scale", 1);
    map.put("compression", compression);
    return AttributorSpecFormat.fromMap(map);
  }

  static AttributorSpec random(int rank) {
    return by(Map.of("method", "logra", "rank", rank));
  }

  static AttributorSpec pca(int rank, Map<String, ?> more) {
    Map<String, Object> method =
        new HashMap<>(
            Map.of("method", "logra", "rank", rank, "projection", "pca", "artefact", "p"));
    method.putAll(more);
    return by(method);
  }

  static Map<String, Object> body(String attributor, Map<String, ?> more) {
    Map<String, Object> body = new HashMap<>(more);
    body.put("type", "pca");
    body.put("index", "texts");
    body.put("attributor", attributor);
    return body;
  }

  /** An index of texts alone; every fifth document has no completion. */
  void texts(int count) {
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    List<Sample> documents = documents(count);
    for (int i = 0; i < count; i++) {
      String half = i % 2 == 0 ? "even" : "odd";
      Map<String, String> source =
          i % 5 == 4
              ? Map.of("instruction", "none", "half", half)
              : Map.of(
                  "instruction",
                  documents.get(i).prompt(),
                  "output",
                  documents.get(i).completion(),
                  "half",
                  half);
      bulk.add(client().prepareIndex("texts").setId("" + i).setSource(source));
    }
    assertFalse(bulk.get().hasFailures());
  }

  String digest(QueryBuilder query) {
    return fit("p", body("random", Map.of()), query).content().orElseThrow().digest();
  }
}
