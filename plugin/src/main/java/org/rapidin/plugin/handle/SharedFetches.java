package org.rapidin.plugin.handle;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.opensearch.common.util.concurrent.ListenableFuture;
import org.opensearch.core.action.ActionListener;
import org.opensearch.threadpool.ThreadPool;

/**
 * Fetches of gradients: one request per handle at a time, however many shards wait for it. Equal
 * gradients of two holders are fetched twice, so that a search does not wait for the holder of
 * another one. Safe for many threads.
 */
final class SharedFetches {
  private final ThreadPool threadPool;
  private final Map<GradientHandle, ListenableFuture<HeldGradient>> running =
      new ConcurrentHashMap<>();

  SharedFetches(ThreadPool threadPool) {
    this.threadPool = threadPool;
  }

  /**
   * Waits for the running request of a handle, or sends one.
   *
   * @param listener is called on the generic pool, in the caller's thread context
   * @param request sends the request; must complete the listener that it is given
   */
  void fetch(
      GradientHandle handle,
      ActionListener<HeldGradient> listener,
      Consumer<ActionListener<HeldGradient>> request) {
    ListenableFuture<HeldGradient> mine = new ListenableFuture<>();
    ListenableFuture<HeldGradient> first = running.putIfAbsent(handle, mine);
    (first == null ? mine : first)
        .addListener(listener, threadPool.generic(), threadPool.getThreadContext());
    if (first == null) {
      request.accept(ActionListener.runBefore(mine, () -> running.remove(handle)));
    }
  }
}
