package org.rapidin.plugin.dispatch;

import java.util.function.BiConsumer;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.action.ActionListener;

/** Joins stages to OpenSearch's listeners. */
public final class StageListeners {
  private StageListeners() {}

  /**
   * Returns an action that completes a listener with the outcome of a stage. An Error that the
   * listener throws ends the node, as everywhere in OpenSearch: the stage would swallow it, and the
   * request would hang.
   *
   * @param listener is called once
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
