package org.rapidin.plugin.guard;

import java.util.Arrays;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.Task;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.dispatch.RequestOrigin;
import org.rapidin.plugin.handle.LostGradients;
import org.rapidin.plugin.handle.SearchUses;

/**
 * Keeps the gradients of a search until it has answered, and repeats a search once, from its own
 * text and in the time that is left, when a node that held its gradient is gone.
 */
public final class InfluenceSearchFilter extends SingleActionFilter {
  private static final String REPEATED = "rapidin.search_repeated";

  private final ThreadContext threadContext;
  private final Client client;
  private final Supplier<String> localNodeId;

  /**
   * @param threadContext carries the uses of gradients to the query
   * @param client repeats a search
   * @param localNodeId the parent of a repeated search runs here
   */
  public InfluenceSearchFilter(
      ThreadContext threadContext, Client client, Supplier<String> localNodeId) {
    super(SearchAction.NAME, SearchRequest.class);
    this.threadContext = threadContext;
    this.client = client;
    this.localNodeId = localNodeId;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    SearchUses uses = new SearchUses();
    ActionListener<R> first =
        threadContext.getTransient(REPEATED) == null
            ? new Repeater<>(task, (SearchRequest) request, listener)
            : listener;
    try (ThreadContext.StoredContext caller = uses.begin(threadContext)) {
      chain.proceed(task, SearchAction.NAME, request, ActionListener.runBefore(first, uses::close));
    }
  }

  /** Passes an answer on, unless the search has to be repeated. */
  private final class Repeater<R extends ActionResponse> implements ActionListener<R> {
    private final Task task;
    private final SearchRequest request;
    // The request holds the rewritten source after the first attempt.
    private final SearchSourceBuilder source;
    private final Supplier<ThreadContext.StoredContext> caller;
    private final ActionListener<R> listener;

    Repeater(Task task, SearchRequest request, ActionListener<R> listener) {
      this.task = task;
      this.request = request;
      this.source = request.source();
      this.caller = threadContext.newRestorableContext(true);
      this.listener = listener;
    }

    @Override
    public void onResponse(R response) {
      boolean lost =
          response instanceof SearchResponse search
              && Arrays.stream(search.getShardFailures())
                  .anyMatch(failure -> LostGradients.isLost(failure.getCause()));
      if (lost) {
        repeat();
      } else {
        listener.onResponse(response);
      }
    }

    @Override
    public void onFailure(Exception fault) {
      if (LostGradients.isLost(fault)) {
        repeat();
      } else {
        listener.onFailure(fault);
      }
    }

    @SuppressWarnings("unchecked")
    private void repeat() {
      SearchRequest again = new SearchRequest(request);
      try (ThreadContext.StoredContext ignored = caller.get()) {
        threadContext.putTransient(REPEATED, true);
        TimeValue left = RequestOrigin.bound(threadContext).remaining();
        again.source(left == null ? source : source.shallowCopy().timeout(left));
        again.setParentTask(new TaskId(localNodeId.get(), task.getId()));
        client.execute(
            SearchAction.INSTANCE,
            again,
            (ActionListener<SearchResponse>) (ActionListener<?>) listener);
      } catch (TaskCancelledException e) { // the search was cancelled before it could be repeated
        listener.onFailure(e);
      }
    }
  }
}
