package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;

/**
 * Gradients of queries through {@link QueryGradientAction}, so that the user in the thread context
 * needs its permission, and each is a child task of the search in the thread context, with which it
 * ends. Documents are not asked for this way.
 *
 * @param client executes the action on this node
 */
public record PermittedGradients(Client client) implements GradientSource {

  @Override
  public CompletableFuture<List<GradientResult>> documents(
      ResolvedAttributor attributor, List<Sample> samples) {
    throw new UnsupportedOperationException("a pipeline computes the gradients of documents");
  }

  @Override
  public CompletableFuture<QueryGradient> query(
      ResolvedAttributor attributor,
      Sample generation,
      TokenSelection selection,
      boolean perToken) {
    Generation asked = new Generation(generation, selection, perToken);
    ThreadContext context = client.threadPool().getThreadContext();
    return SearchTurns.bound(context).ask(context, () -> execute(attributor.id(), asked));
  }

  private CompletableFuture<QueryGradient> execute(String attributor, Generation generation) {
    QueryGradientAction.Request request = new QueryGradientAction.Request(attributor, generation);
    request.setParentTask(RequestOrigin.bound(client.threadPool().getThreadContext()).parent());
    CompletableFuture<QueryGradient> answer = new CompletableFuture<>();
    try {
      client.execute(
          QueryGradientAction.INSTANCE,
          request,
          ActionListener.wrap(
              response -> answer.complete(response.gradient()), answer::completeExceptionally));
    } catch (TaskCancelledException e) { // the search was cancelled before this child started
      answer.completeExceptionally(e);
    }
    return answer;
  }
}
