package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.fitted.Covariance;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.weights.WeightCache;
import org.rapidin.gpu.GpuScanEngine;

/** Vectors of TrackStar with an autocorrelation are those without it, multiplied with its root. */
class AutocorrelationTests extends AttributorTestCase {
  private static final TrackStar METHOD = new TrackStar(300, false, true, 5);
  private static final ArtefactReference REFERENCE = new ArtefactReference("r", "digest");

  private final AtomicInteger held = new AtomicInteger();

  private static AttributorSpec spec(TrackStar method) {
    return spec("adapter", "", "parameters", "linear", "normalization", "none", "score_scale", 1)
        .with(method);
  }

  private Attributor open(ArtefactSource artefacts) throws Exception {
    AttributorSpec spec = spec(METHOD.with(REFERENCE));
    WeightCache enough = new WeightCache(Long.MAX_VALUE, Long.MAX_VALUE);
    return Attributor.open(
        spec,
        "print",
        directory(spec),
        "digest",
        TestRuntime.get(),
        enough,
        new NodeParts(GpuScanEngine.withoutDevices(), artefacts));
  }

  private List<VectorPart> parts() throws Exception {
    AttributorSpec spec = spec(METHOD);
    return METHOD.layers(ModelCheck.gradients(directory(spec), spec));
  }

  private static DampedInverse inverse(List<VectorPart> parts, List<float[]> vectors) {
    Covariance covariance = new Covariance(parts);
    covariance.add(vectors, 1);
    return covariance.inverse("print", 0.1, part -> {});
  }

  @Test
  void documentsAndGenerationsAreMultipliedBeforeTheyGetUnitNorm() throws Exception {
    List<Sample> samples = samples(30);
    List<float[]> plain;
    QueryGradient plainQuery;
    Sample generation = samples.get(3);
    try (Attributor uncorrected = open(spec(METHOD.uncorrected()))) {
      plain = uncorrected.documents(samples).stream().map(AttributorTestCase::vector).toList();
      plainQuery = uncorrected.query(generation, new TokenSelection.All(), true);
    }
    DampedInverse inverse = inverse(parts(), plain);
    ArtefactSource source =
        reference -> {
          assertEquals(REFERENCE, reference);
          held.incrementAndGet();
          return new ArtefactSource.Held(inverse, held::decrementAndGet);
        };
    try (Attributor attributor = open(source)) {
      assertEquals(1, held.get());
      List<float[]> vectors =
          attributor.documents(samples).stream().map(AttributorTestCase::vector).toList();
      for (int i = 0; i < vectors.size(); i++) {
        assertEquals(1, cosine(inverse.applyRoot(plain.get(i)), vectors.get(i)), 1e-6);
        assertEquals(1, inner(vectors.get(i), vectors.get(i)), 1e-6);
        assertTrue(cosine(plain.get(i), vectors.get(i)) < 0.99);
      }
      QueryGradient query = attributor.query(generation, new TokenSelection.All(), true);
      assertEquals(1, cosine(inverse.applyRoot(plainQuery.vector()), query.vector()), 1e-6);
      assertMean(query);
    }
    assertEquals(0, held.get());
  }

  private static double cosine(float[] u, float[] v) {
    return inner(u, v) / Math.sqrt(inner(u, u) * inner(v, v));
  }

  private static void assertMean(QueryGradient query) {
    List<QueryGradient.Token> tokens = query.tokens();
    for (int k = 0; k < query.vector().length; k++) {
      double mean = 0;
      for (QueryGradient.Token token : tokens) {
        mean += token.vector()[k] / tokens.size();
      }
      assertEquals(query.vector()[k], mean, 1e-5);
    }
  }

  @Test
  void anArtefactOfOtherLayersOrNoneIsRefusedAndNothingIsKept() {
    DampedInverse other =
        inverse(List.of(new VectorPart("a", 1)), List.of(new float[] {1}, new float[] {2}));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    open(
                        reference -> {
                          held.incrementAndGet();
                          return new ArtefactSource.Held(other, held::decrementAndGet);
                        }))
            .getMessage();
    assertEquals("artefact [r] was fitted to vectors of other layers", message);
    assertEquals(0, held.get());
    assertFalse(
        assertThrows(RuntimeException.class, () -> open(ArtefactSource.NONE))
            .getMessage()
            .isEmpty());
  }
}
