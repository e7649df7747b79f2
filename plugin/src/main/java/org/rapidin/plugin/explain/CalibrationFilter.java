package org.rapidin.plugin.explain;

import java.util.Optional;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.artefact.Backgrounds;
import org.rapidin.plugin.guard.BackgroundAction;
import org.rapidin.plugin.guard.PermissionRequest;
import org.rapidin.plugin.handle.GradientHandles;

/**
 * Adds to the errors that shards computed for their hits what follows from all hits: the ranks that
 * each may have, and how it compares with a background. The background is brought into memory
 * first, so that a search whose background does not exist is refused before it scans.
 */
public final class CalibrationFilter implements ActionFilter {
  private final ThreadPool threadPool;
  private final Client client;
  private final Supplier<GradientHandles> handles;
  private final Backgrounds backgrounds;

  /**
   * @param client checks the permission to use backgrounds
   * @param handles the query gradients of this node
   * @param backgrounds finds samples of documents
   */
  public CalibrationFilter(
      ThreadPool threadPool,
      Client client,
      Supplier<GradientHandles> handles,
      Backgrounds backgrounds) {
    this.threadPool = threadPool;
    this.client = client;
    this.handles = handles;
    this.backgrounds = backgrounds;
  }

  /** After the filters that keep a search's gradients until it has answered. */
  @Override
  public int order() {
    return 1;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    Optional<InfluenceExtBuilder.Calibration> wanted =
        action.equals(SearchAction.NAME) && request instanceof SearchRequest search
            ? InfluenceExtBuilder.calibration(search.source())
            : Optional.empty();
    if (wanted.isEmpty()) {
      chain.proceed(task, action, request, listener);
      return;
    }
    SearchRequest search = (SearchRequest) request;
    if (search.scroll() != null) {
      listener.onFailure(
          new IllegalArgumentException(
              "[ext.influence.calibration] cannot be used in a search that scrolls: leave it out, or raise [size]"));
      return;
    }
    // The request holds the rewritten source when it is answered.
    SearchSourceBuilder source = search.source();
    String background = wanted.get().background();
    if (background == null) {
      chain.proceed(task, action, request, completed(task, search, source, null, listener));
      return;
    }
    client.execute(
        BackgroundAction.INSTANCE,
        new PermissionRequest(),
        ActionListener.wrap(
            permitted ->
                backgrounds.sample(
                    background,
                    ActionListener.wrap(
                        use -> {
                          ActionListener<R> last = ActionListener.runBefore(listener, use::close);
                          proceed(
                              task,
                              use,
                              last,
                              () ->
                                  chain.proceed(
                                      task,
                                      action,
                                      request,
                                      completed(task, search, source, use, last)));
                        },
                        listener::onFailure)),
            listener::onFailure));
  }

  /** Goes on with the search, in a context from which its query can take the background. */
  private void proceed(
      Task task, Backgrounds.Use background, ActionListener<?> listener, Runnable search) {
    try (ThreadContext.StoredContext _ = background.begin(threadPool.getThreadContext())) {
      check(task);
      search.run();
    } catch (Exception e) {
      listener.onFailure(e);
    }
  }

  private static void check(Task task) {
    if (task instanceof CancellableTask cancellable && cancellable.isCancelled()) {
      throw new TaskCancelledException("the search was cancelled");
    }
  }

  /** On the generic pool, not on a transport thread: a background has up to 10,000 rows. */
  private <R extends ActionResponse> ActionListener<R> completed(
      Task task,
      SearchRequest search,
      SearchSourceBuilder source,
      Backgrounds.Use background,
      ActionListener<R> listener) {
    ActionListener<R> inContext =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, threadPool.getThreadContext());
    return ActionListener.wrap(
        response ->
            threadPool
                .generic()
                .execute(
                    ActionRunnable.supply(
                        inContext,
                        () -> {
                          new CalibratedHits(
                                  source,
                                  search.source(),
                                  (SearchResponse) response,
                                  () -> check(task))
                              .complete(handles.get(), background);
                          return response;
                        })),
        inContext::onFailure);
  }
}
