package org.rapidin.plugin.guard;

import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.TransportAction;
import org.opensearch.action.support.TransportIndicesResolvingAction;
import org.opensearch.cluster.metadata.OptionallyResolvedIndices;
import org.opensearch.cluster.metadata.ResolvedIndices;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.opensearch.tasks.TaskManager;

/**
 * Has the name of one of OpenSearch's actions and does nothing: the filters of the node, among them
 * a security plugin's, see its requests as they will see the real one, and refuse them or not.
 *
 * @param <Q> the real action's request
 * @param <R> the real action's response
 */
final class UnperformedAction<Q extends ActionRequest, R extends ActionResponse>
    extends TransportAction<Q, R> implements TransportIndicesResolvingAction<Q> {
  private final Function<Q, String> index;
  private final Supplier<R> response;

  /**
   * @param name of the real action
   * @param index names the index that a request is about
   * @param response of a request that no filter refuses
   */
  UnperformedAction(
      String name,
      ActionFilters filters,
      TaskManager tasks,
      Function<Q, String> index,
      Supplier<R> response) {
    super(name, filters, tasks);
    this.index = index;
    this.response = response;
  }

  @Override
  public OptionallyResolvedIndices resolveIndices(Q request) {
    return ResolvedIndices.of(index.apply(request));
  }

  @Override
  protected void doExecute(Task task, Q request, ActionListener<R> listener) {
    listener.onResponse(response.get());
  }
}
