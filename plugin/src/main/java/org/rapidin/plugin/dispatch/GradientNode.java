package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TrainingTokens;

/**
 * One node's models; futures are as those of {@link org.rapidin.attribution.GradientSource}, and
 * fail where this node has no model.
 */
interface GradientNode {
  /** Computes vectors of documents, one result per sample, in order. */
  CompletableFuture<List<GradientResult>> documents(
      ResolvedAttributor attributor, List<Sample> samples);

  /** Computes the vector of a generation. */
  CompletableFuture<QueryGradient> query(QueryRequest request);

  /** Computes the parts of a document's tokens. */
  CompletableFuture<TrainingTokens> trainingTokens(TrainingTokensRequest request);
}
