package org.rapidin.plugin.artefact;

import java.util.List;
import java.util.Map;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** LoGra with principal components, from texts of an index to vectors. */
public class PcaTests extends PcaTestCase {
  private static final int ALL = 1024;

  private static double inner(float[] u, float[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += (double) u[i] * v[i];
    }
    return sum;
  }

  public void testInnerProductsAreExactWithAllComponentsAndLessWithFew() {
    texts(40);
    put("random", random(ALL));
    put("exact", by(Map.of("method", "identity")));
    StoredArtefact fitted = fit("p", body("random", Map.of()), null);
    assertEquals(32, fitted.content().orElseThrow().documents());
    put("pca", pca(ALL, Map.of()));
    put("few", pca(2, Map.of()));
    List<Sample> samples = documents(6).stream().map(ArtefactNodeTestCase::rendered).toList();
    List<float[]> exact = vectors("exact", samples);
    List<float[]> rotated = vectors("pca", samples);
    List<float[]> few = vectors("few", samples);
    for (int i = 0; i < samples.size(); i++) {
      assertTrue(inner(few.get(i), few.get(i)) < inner(exact.get(i), exact.get(i)));
      for (int j = 0; j < samples.size(); j++) {
        double wanted = inner(exact.get(i), exact.get(j));
        double size =
            Math.sqrt(inner(exact.get(i), exact.get(i)) * inner(exact.get(j), exact.get(j)));
        assertEquals(wanted, inner(rotated.get(i), rotated.get(j)), 1e-5 * size);
      }
    }
  }

  public void testAnArtefactIsShownPinnedAndKept() {
    texts(40);
    RegisteredAttributor with = put("random", random(4));
    long before = reserved();
    StoredArtefact fitted = fit("p", body("random", Map.of()), null);
    assertEquals(before, reserved());
    assertEquals(List.of(fitted), artefacts("p"));
    assertEquals(with.fingerprint(), fitted.vectors().fingerprint());
    assertEquals("random", fitted.toMap().get("attributor"));
    String digest = fitted.content().orElseThrow().digest();
    RegisteredAttributor attributor = put("pca", pca(3, Map.of()));
    assertEquals(digest, attributor.spec().compression().artefact().orElseThrow().digest());
    assertEquals(attributor, put("pca", pca(3, Map.of())));
    assertRefused(
        RestStatus.CONFLICT,
        "artefact [p] is used by attributors [pca]: delete those first",
        () -> delete("p"));
    delete("pca", true);
    delete("p");
    assertRefused(RestStatus.BAD_REQUEST, "no artefact [p]", () -> put("pca", pca(3, Map.of())));
    // The same sample gives the same bytes, and another one others.
    assertEquals(digest, digest(null));
    delete("p");
    assertNotEquals(digest, digest(QueryBuilders.termQuery("half.keyword", "odd")));
    assertNotEquals(attributor.fingerprint(), put("pca", pca(3, Map.of())).fingerprint());
  }

  public void testWhatCannotBeFittedIsRefusedAndLeavesNothing() {
    texts(10);
    put("random", random(ALL));
    put("rapidgrad", spec("tiny", "rapidgrad", Map.of()));
    fitRefused(
        "with an attributor of compression.method [logra], which says modules and rank: attributor [rapidgrad] has [rapidgrad]",
        body("rapidgrad", Map.of()),
        null);
    fitRefused("no attributor [x]", body("x", Map.of()), null);
    fitRefused("[attributor] is missing", Map.of("type", "pca", "index", "texts"), null);
    fitRefused(
        "unknown key [evaluation.x], allowed in [evaluation] are",
        fisher("texts", Map.of("evaluation", Map.of("index", "texts", "x", 1))),
        null);
    fitRefused("has no [field]", body("random", Map.of("field", "gradient")), null);
    fitRefused(
        "which do not determine",
        body("random", Map.of("sample_size", 1)),
        QueryBuilders.existsQuery("output"));
    fitRefused(
        "no document of the sample has a text by the template of attributor [random]: field [output] is missing",
        body("random", Map.of()),
        QueryBuilders.termQuery("instruction", "none"));
    fitRefused(
        "no document of [texts] matches the query",
        body("random", Map.of()),
        QueryBuilders.termQuery("half", "neither"));
    assertEquals(List.of(), artefacts(null));
  }

  private void fitRefused(String sentence, Map<String, Object> body, QueryBuilder query) {
    assertRefused(RestStatus.BAD_REQUEST, sentence, () -> fit("p", body, query));
  }

  public void testAnArtefactOfOtherGradientsOrTypeIsRefused() {
    texts(20);
    put("random", random(4));
    fit("p", body("random", Map.of()), null);
    putRefused(
        "compression.rank is 5, and artefact [p] was fitted with attributor [random] of rank 4",
        pca(5, Map.of()));
    putRefused(
        "artefact [p] was fitted with attributor [random]: fit compression.artefact with",
        pca(4, Map.of("modules", "mlp")));
    putRefused(
        "artefact [p] has type [pca], but an artefact of type [fisher] is needed here",
        by(Map.of("method", "trackstar", "dimension", 300, "autocorrelation", "p")));
    putRefused("has digest [", pca(4, Map.of("artefact_digest", "0a")));
    fill("vectors", random(4), documents(10));
    fit("f", fisher("vectors", Map.of()), null);
    putRefused(
        "artefact [f] has type [fisher], but an artefact of type [pca] is needed here",
        pca(4, Map.of("artefact", "f")));
  }

  private void putRefused(String sentence, AttributorSpec spec) {
    assertRefused(RestStatus.BAD_REQUEST, sentence, () -> put("pca", spec));
  }
}
