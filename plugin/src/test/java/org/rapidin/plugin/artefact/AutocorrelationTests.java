package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.fitted.PlainCovariance;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/**
 * TrackStar with an autocorrelation, from texts to hits: cosines of the inner product with (R +
 * λI)^-1, solved in float64 with full matrices.
 */
public class AutocorrelationTests extends ArtefactNodeTestCase {

  private static AttributorSpec trackStar(Map<String, ?> compression, Map<String, ?> more) {
    Map<String, Object> method = new HashMap<>(Map.of("method", "trackstar", "dimension", 300));
    method.putAll(compression);
    Map<String, Object> map =
        new HashMap<>(AttributorSpecFormat.toMap(spec("tiny", "rapidgrad", Map.of())));
    map.put("normalization", "none");
    map.put("score_scale", 1);
    map.put("compression", method);
    map.putAll(more);
    return AttributorSpecFormat.fromMap(map);
  }

  private static AttributorSpec plain() {
    return trackStar(Map.of("unit_norm", false), Map.of());
  }

  private static AttributorSpec corrected(String artefact, Map<String, ?> more) {
    return trackStar(Map.of("autocorrelation", artefact), more);
  }

  private static double product(double[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < b.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  public void testInfluenceIsTheCosineThatFloat64Gives() {
    List<Sample> documents = documents(40);
    List<Sample> questions = documents(60).subList(40, 60);
    fill("plain", plain(), documents);
    // Another attributor of the same fingerprint.
    fill("questions", plain(), questions);
    fit(
        "r",
        fisher("plain", Map.of("evaluation", Map.of("index", "questions", "weight", 0.3))),
        null);
    fill("corrected", corrected("r", Map.of()), documents);
    List<float[]> rows = rendered("plain", documents);
    PlainCovariance covariance =
        new PlainCovariance(layers("plain"), 0.1)
            .add(rows, 0.7)
            .add(rendered("plain", questions), 0.3);
    float[] query = vectors("plain", List.of(QUERY)).getFirst();
    double[] solved = covariance.solve(query);
    double norm = Math.sqrt(product(solved, query));
    Map<String, Double> influences = influences("corrected", "");
    assertEquals(documents.size(), influences.size());
    double changed = 0;
    for (int i = 0; i < rows.size(); i++) {
      float[] row = rows.get(i);
      double wanted = product(solved, row) / norm / Math.sqrt(product(covariance.solve(row), row));
      assertEquals(wanted, influences.get(Integer.toString(i)), 1e-5);
      changed = Math.max(changed, Math.abs(wanted));
    }
    assertTrue("cosines are more than noise: " + changed, changed > 0.05);
  }

  private List<float[]> rendered(String attributor, List<Sample> documents) {
    return vectors(attributor, documents.stream().map(ArtefactNodeTestCase::rendered).toList());
  }

  public void testAnArtefactThatAnAttributorNamesIsKept() {
    fill("plain", plain(), documents(20));
    StoredArtefact fitted = fit("r", fisher("plain", Map.of()), null);
    RegisteredAttributor attributor = put("corrected", corrected("r", Map.of()));
    assertEquals(
        fitted.content().orElseThrow().digest(),
        attributor.spec().compression().artefact().orElseThrow().digest());
    assertEquals(attributor, put("corrected", corrected("r", Map.of())));
    assertRefused(
        RestStatus.CONFLICT,
        "artefact [r] is used by attributors [corrected]: delete those first",
        () -> delete("r"));
    delete("corrected", true);
    delete("r");
    assertRefused(
        RestStatus.BAD_REQUEST,
        "no artefact [r]",
        () -> put("corrected", corrected("r", Map.of())));
    fit("r", fisher("plain", Map.of("damping", 1)), null);
    assertNotEquals(
        attributor.fingerprint(), put("corrected", corrected("r", Map.of())).fingerprint());
    delete("corrected", true);
  }

  public void testAnArtefactOfOtherVectorsIsRefused() {
    fill("plain", plain(), documents(20));
    fit("r", fisher("plain", Map.of()), null);
    for (AttributorSpec other :
        List.of(
            corrected("r", Map.of("parameters", List.of("*q_proj*", "*v_proj*"))),
            trackStar(Map.of("autocorrelation", "r", "seed", 7), Map.of()))) {
      assertRefused(
          RestStatus.BAD_REQUEST,
          "artefact [r] was fitted to vectors of attributor [plain]: fit compression.autocorrelation",
          () -> put("corrected", other));
    }
  }

  /** The attributor that the artefact was fitted to keeps its fingerprint. */
  public void testAnArtefactOfFilesThatWereReplacedIsRefused() throws IOException {
    fill("plain", plain(), documents(20));
    fit("r", fisher("plain", Map.of()), null);
    TinyModelDirectory.write(models().resolve("tiny"), 2);
    try {
      assertRefused(
          RestStatus.BAD_REQUEST,
          "artefact [r] was fitted with attributor [plain], and the files of model [tiny] on node [node_s_0] are others since then",
          () -> put("corrected", corrected("r", Map.of())));
      assertEquals(1, attributors(null).size());
      assertRefused(
          RestStatus.BAD_REQUEST,
          "as attributor [plain] was registered with: node [node_s_0] has other files, with fingerprint",
          () -> fit("s", fisher("plain", Map.of()), null));
    } finally {
      TinyModelDirectory.write(models().resolve("tiny"), 1);
    }
    put("corrected", corrected("r", Map.of()));
    delete("corrected", true);
  }
}
