package org.rapidin.plugin.gradient;

import java.util.function.BiConsumer;
import org.opensearch.core.action.ActionListener;

/** Joins stages to OpenSearch's listeners. */
public final class Completion {
  private Completion() {}

  /**
   * What a stage completes with goes to the listener.
   *
   * @param listener hears it once
   */
  public static <T> BiConsumer<T, Throwable> of(ActionListener<T> listener) {
    return (value, fault) -> {
      if (fault == null) {
        listener.onResponse(value);
      } else {
        listener.onFailure(GradientFaults.asException(fault));
      }
    };
  }
}
