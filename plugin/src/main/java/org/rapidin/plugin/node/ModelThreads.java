package org.rapidin.plugin.node;

import org.opensearch.common.settings.Settings;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.FixedExecutorBuilder;

/**
 * The thread pool for reading model files: a model of gigabytes takes seconds to minutes, for which
 * no thread of OpenSearch's own pools may be blocked.
 */
public final class ModelThreads {
  /** The pool's name. */
  public static final String NAME = "rapidin_models";

  // One thread for a model that is loaded, one for digests of another.
  private static final int THREADS = 2;
  private static final int QUEUE = 100;

  private ModelThreads() {}

  /** Makes the pool. */
  public static ExecutorBuilder<?> builder(Settings settings) {
    return new FixedExecutorBuilder(
        settings, NAME, THREADS, QUEUE, "plugins.rapidin.thread_pool.models");
  }
}
