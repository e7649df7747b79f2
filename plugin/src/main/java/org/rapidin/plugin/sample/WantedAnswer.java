package org.rapidin.plugin.sample;

import org.opensearch.OpenSearchTimeoutException;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.unit.TimeValue;

/** Waits for an answer as long as it is wanted. */
final class WantedAnswer {
  /** How late a wait may end after a task was cancelled. */
  private static final TimeValue BETWEEN_CHECKS = TimeValue.timeValueMillis(50);

  private WantedAnswer() {}

  /**
   * Waits; fails as the answer does.
   *
   * @param check is called while there is no answer; throws to end the wait
   */
  static <T> T await(ActionFuture<T> answer, Runnable check) {
    while (true) {
      try {
        return answer.actionGet(BETWEEN_CHECKS);
      } catch (OpenSearchTimeoutException e) {
        if (answer.isDone()) {
          return answer.actionGet();
        }
        check.run();
      }
    }
  }
}
