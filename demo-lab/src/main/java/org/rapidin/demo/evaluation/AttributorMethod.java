package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.fitted.PrincipalComponents;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.service.Attributor;
import org.rapidin.attribution.service.NodeParts;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.scorer.ElementType;

/**
 * Compressed gradients as the plugin computes and stores them.
 *
 * @param name in tables
 * @param spec with dot products, so that cosines can be taken later
 * @param cosine whether scores are cosines
 * @param rows how documents are stored
 */
record AttributorMethod(String name, AttributorSpec spec, boolean cosine, ElementType rows)
    implements VectorMethod {

  /** Returns the method with other rows. */
  AttributorMethod with(ElementType other) {
    return new AttributorMethod(name, spec, cosine, other);
  }

  @Override
  public String key() {
    return AttributorSpecFormat.toMap(spec) + " " + rows;
  }

  @Override
  public int parts() {
    return switch (spec.compression().method()) {
      case "identity", "logra", "trackstar" -> Math.max(1, spec.checkpoints().size());
      default -> 1;
    };
  }

  @Override
  public boolean needsMoments() {
    return spec.compression().secondMoment();
  }

  @Override
  public Session open(TorchRuntime runtime, Path models, List<Sample> sample) throws IOException {
    ModelDirectory directory = ModelDirectory.open(models, spec.model());
    ArtefactSource artefacts =
        spec.compression() instanceof Logra logra && logra.artefact().isPresent()
            ? components(logra, directory, runtime, sample)
            : ArtefactSource.NONE;
    NodeParts node = new NodeParts(GpuScanEngine.withoutDevices(), artefacts);
    return new Computed(Attributor.open(spec, "evaluation", directory, runtime, node), rows);
  }

  /** Fits what a node would read from the index of artefacts. */
  private ArtefactSource components(
      Logra logra, ModelDirectory directory, TorchRuntime runtime, List<Sample> sample)
      throws IOException {
    Logra random = new Logra(logra.rank(), logra.modules(), Methods.SEED, 0);
    try (Attributor attributor = Attributor.open(spec.with(random), "sample", directory, runtime)) {
      FactorCovariances sums = new FactorCovariances(attributor.layout());
      attributor.addFactors(sample, sums);
      PrincipalComponents components = sums.components("sample", logra.rank(), layer -> {});
      return reference -> new ArtefactSource.Held(components, () -> {});
    }
  }

  private static final class Computed implements Session {
    private final Attributor attributor;
    private final ElementType rows;
    private int dimension;

    Computed(Attributor attributor, ElementType rows) {
      this.attributor = attributor;
      this.rows = rows;
    }

    @Override
    public float[][] documents(List<Sample> samples) {
      List<GradientResult> results = attributor.documents(samples);
      float[][] vectors = new float[results.size()][];
      for (int i = 0; i < vectors.length; i++) {
        vectors[i] = stored(results.get(i));
        dimension = vectors[i].length;
      }
      return vectors;
    }

    private float[] stored(GradientResult result) {
      return switch (result) {
        case GradientResult.Vector vector -> rows.decode(rows.encode(vector.vector().values()));
        case GradientResult.Failure failure ->
            throw new IllegalStateException("a document has no vector: " + failure.reason());
      };
    }

    @Override
    public float[] question(Question question) {
      return attributor.query(question.sample(), question.tokens(), false).vector();
    }

    @Override
    public int bytes() {
      return rows.rowLength(dimension);
    }

    @Override
    public void close() {
      attributor.close();
    }
  }
}
