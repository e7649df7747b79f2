package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/**
 * One place that may be able to compute gradients: this node, or another. As {@link
 * org.rapidin.attribution.GradientSource}, but for an attributor that has been looked up.
 */
interface GradientProvider {

  /** Vectors of documents, one result per sample in order. */
  CompletionStage<List<GradientResult>> documents(
      RegisteredAttributor attributor, List<Sample> samples);

  /** The vector of a generation. */
  CompletionStage<QueryGradient> query(
      RegisteredAttributor attributor,
      Sample generation,
      TokenSelection selection,
      boolean perToken);
}
