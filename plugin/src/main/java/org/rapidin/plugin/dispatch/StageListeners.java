package org.rapidin.plugin.dispatch;

import java.util.function.BiConsumer;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.action.ActionListener;

/** Joins stages to OpenSearch's listeners. */
public final class StageListeners {
  private StageListeners() {}

  /**
   * What a stage completes with goes to the listener. An Error thrown by what follows is fatal to
   * the node, as everywhere in OpenSearch: the stage would swallow it, and the request would hang.
   *
   * @param listener hears it once
   */
  public static <T> BiConsumer<T, Throwable> of(ActionListener<T> listener) {
    return (value, fault) -> {
      try {
        if (fault == null) {
          listener.onResponse(value);
        } else {
          listener.onFailure(GradientFaults.asException(fault));
        }
      } catch (Error fatal) {
        ExceptionsHelper.maybeDieOnAnotherThread(fatal);
        throw fatal;
      }
    };
  }
}
