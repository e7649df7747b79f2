package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.List;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.attribution.fitted.Covariance;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.attribution.fitted.EvaluationWeight;

/**
 * Adds the vectors of samples up and factorises the sum.
 *
 * @param reader of the samples
 * @param parts of the vectors, one block each
 * @param spec what was asked for
 */
record FisherFit(SampleReader reader, List<VectorPart> parts, ArtefactSpec spec) {
  /**
   * An inverse.
   *
   * @param spec what was asked for, with the weight that the eigenvalues gave
   */
  record Fitted(DampedInverse inverse, ArtefactSpec spec) {}

  /** R, and what was asked for with the weight that the eigenvalues gave. */
  private record Mixed(Covariance covariance, ArtefactSpec spec) {}

  /** Both covariances are in memory where eigenvalues decide how much each counts. */
  static long bytes(ArtefactSpec spec, List<VectorPart> parts) {
    return components(spec) == 0
        ? Covariance.bytes(parts)
        : 2 * Covariance.bytes(parts) + Covariance.eigenvalueBytes(parts);
  }

  /** How many eigenvalues decide the weight of the second sample; 0 if it is given. */
  private static int components(ArtefactSpec spec) {
    return spec.evaluation().map(ArtefactSpec.Evaluation::components).orElse(0);
  }

  /**
   * Reads all samples and inverts their damped covariance.
   *
   * @param fingerprint of the attributor that made the vectors
   */
  Fitted inverse(String fingerprint) throws IOException {
    Mixed mixed = covariance();
    int layers = parts.size();
    DampedInverse inverse =
        mixed
            .covariance()
            .inverse(fingerprint, spec.damping(), layer -> reader.reached(layer, layers));
    return new Fitted(inverse, mixed.spec());
  }

  private Mixed covariance() throws IOException {
    Covariance first = new Covariance(parts);
    if (components(spec) == 0) {
      for (SampleReader.Weighted each : reader.drawn()) {
        add(each, each.weight() / each.count(), first);
      }
      return new Mixed(first, spec);
    }
    Covariance second = new Covariance(parts);
    add(reader.drawn().getFirst(), 1, first);
    add(reader.drawn().getLast(), 1, second);
    double weight =
        EvaluationWeight.of(
            first.eigenvalues(reader::check), second.eigenvalues(reader::check), components(spec));
    first.mix(second, weight);
    return new Mixed(first, spec.withWeight(weight));
  }

  private void add(SampleReader.Weighted drawn, double weight, Covariance covariance)
      throws IOException {
    reader.read(drawn, parts.size(), vectors -> covariance.add(vectors, weight));
  }
}
