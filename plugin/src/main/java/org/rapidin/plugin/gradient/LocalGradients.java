package org.rapidin.plugin.gradient;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** Gradients that this node computes from its own models. */
public final class LocalGradients implements GradientProvider {
  @Override
  public CompletionStage<List<GradientResult>> documents(
      RegisteredAttributor attributor, List<Sample> samples) {
    return CompletableFuture.failedStage(new ModelUnavailableException("comes next"));
  }

  @Override
  public CompletionStage<QueryGradient> query(
      RegisteredAttributor attributor,
      Sample generation,
      TokenSelection selection,
      boolean perToken) {
    return CompletableFuture.failedStage(new ModelUnavailableException("comes next"));
  }
}
