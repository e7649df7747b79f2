package org.rapidin.plugin.guard;

import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.bulk.BulkAction;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.explain.ExplainAction;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.action.support.single.instance.InstanceShardOperationRequest;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.dispatch.RequestOrigin;

/**
 * Binds a {@link RequestOrigin} to the thread context: the task of the request that gradients are
 * computed for, and its deadline, which is the timeout of a search, or of a bulk that is given one.
 * Neither query rewriting nor ingest pipelines pass the task on.
 */
public final class RequestOriginFilter implements ActionFilter {
  private final ThreadContext threadContext;
  private final Supplier<String> localNodeId;
  private final Supplier<TimeValue> defaultSearchTimeout;

  /**
   * @param threadContext carries the origin
   * @param localNodeId called per request
   * @param defaultSearchTimeout called per request: the cluster's {@code
   *     search.default_search_timeout}
   */
  public RequestOriginFilter(
      ThreadContext threadContext,
      Supplier<String> localNodeId,
      Supplier<TimeValue> defaultSearchTimeout) {
    this.threadContext = threadContext;
    this.localNodeId = localNodeId;
    this.defaultSearchTimeout = defaultSearchTimeout;
  }

  /** Before the filters that use the origin: those of the same order come in any. */
  @Override
  public int order() {
    return -1;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    boolean computes =
        action.equals(SearchAction.NAME)
            || action.equals(BulkAction.NAME)
            || action.equals(ExplainAction.NAME);
    if (!computes) {
      chain.proceed(task, action, request, listener);
      return;
    }
    RequestOrigin origin = RequestOrigin.startingNow(localNodeId.get(), task, timeout(request));
    try (ThreadContext.StoredContext caller =
        action.equals(BulkAction.NAME)
            ? origin.bind(threadContext)
            : origin.bindSearch(threadContext)) {
      chain.proceed(task, action, request, listener);
    }
  }

  /** How long the client waits, or null. */
  private TimeValue timeout(ActionRequest request) {
    return switch (request) {
      // OpenSearch ignores the timeout of a search that scrolls.
      case SearchRequest search when search.scroll() == null ->
          search.source() != null && search.source().timeout() != null
              ? search.source().timeout()
              : defaultSearchTimeout.get();
      case BulkRequest bulk when isGiven(bulk) -> bulk.timeout();
      default -> null;
    };
  }

  /**
   * Whether a bulk was given a timeout. One that was not has the constant itself; but if another
   * node passes the bulk on, it is a copy, and a minute that was given cannot be told from it. The
   * same holds for bulks that other requests make: those of updates have another constant.
   */
  @SuppressWarnings("ReferenceEquality")
  private static boolean isGiven(BulkRequest bulk) {
    TimeValue standard = BulkShardRequest.DEFAULT_TIMEOUT;
    boolean original = bulk.remoteAddress() == null && !bulk.getParentTask().isSet();
    return original
        ? bulk.timeout() != standard
            && bulk.timeout() != InstanceShardOperationRequest.DEFAULT_TIMEOUT
        : !bulk.timeout().equals(standard);
  }
}
