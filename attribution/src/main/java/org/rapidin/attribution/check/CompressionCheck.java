package org.rapidin.attribution.check;

import java.util.Locale;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.RandomProjection;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.compression.TrackStar;

/**
 * Says what a compression makes of the gradients.
 *
 * @param layout of the gradients that it takes
 */
record CompressionCheck(Compression compression, GradientLayout layout) {
  private static final String NAME = "compression";

  Finding finding() {
    String message =
        switch (compression) {
          case Identity identity ->
              String.format(
                  Locale.ROOT,
                  "vectors are the %s numbers of the gradient: influence is exact but for the"
                      + " rounding of stored vectors",
                  layout.length());
          case RapidGrad rapidGrad -> sketch(rapidGrad.dimension());
          case RandomProjection projection -> sketch(projection.dimension());
          case LmHead lmHead -> head(lmHead);
          case Logra logra ->
              String.format(
                  Locale.ROOT,
                  "vectors of %s numbers stand for gradients of %s: both factors of each linear layer's gradient are projected to rank %s%s (layers: %s)",
                  logra.dimension(),
                  layout.length(),
                  logra.rank(),
                  logra.artefact().isPresent() ? ", to principal components" : "",
                  layout.tensors().size());
          case TrackStar trackStar ->
              String.format(
                  Locale.ROOT,
                  "vectors of %s numbers stand for gradients of %s%s%s: each linear layer's gradient is projected on both sides (layers: %s)",
                  trackStar.dimension(),
                  layout.length(),
                  trackStar.secondMoment()
                      ? ", divided by the roots of their second moments"
                      : ", without second moments",
                  trackStar.artefact().isPresent()
                      ? ", and multiplied with the inverse root of their autocorrelation"
                      : "",
                  layout.tensors().size());
        };
    return new Finding(NAME, Status.PASSED, message);
  }

  /** A sketched vocabulary adds up to 1/B to the variance, the more the more states are alike. */
  private String head(LmHead lmHead) {
    double variance = 1.0 / lmHead.dimension();
    String message =
        String.format(
            Locale.ROOT,
            "vectors of %s numbers stand for products of %s at the model's head, whatever the parameters are: between unrelated texts, influence has a standard error of %.1e",
            lmHead.dimension(),
            layout.length(),
            Math.sqrt(variance));
    long rows = layout.tensors().getFirst().shape().getFirst();
    if (rows == lmHead.buckets()) {
      double largest = Math.sqrt(variance + 1.0 / rows);
      message += String.format(Locale.ROOT, " to %.1e", largest);
    }
    return message + " of the product of their norms";
  }

  private String sketch(int dimension) {
    String message =
        String.format(
            Locale.ROOT,
            "vectors of %s numbers stand for gradients of %s: between unrelated texts, influence"
                + " has a standard error of %.1e of the product of the gradients' norms",
            dimension,
            layout.length(),
            1 / Math.sqrt(dimension));
    return layout.length() < dimension
        ? message + "; method [identity] would store the gradient itself in fewer numbers"
        : message;
  }
}
