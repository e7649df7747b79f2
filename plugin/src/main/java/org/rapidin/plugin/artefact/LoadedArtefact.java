package org.rapidin.plugin.artefact;

import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.util.concurrent.AbstractRefCounted;
import org.rapidin.attribution.fitted.FittedState;

/** An artefact in memory, which gives its bytes back when nobody uses it any more. */
final class LoadedArtefact extends AbstractRefCounted {
  private final FittedState state;
  private final long bytes;
  private final Releasable reserved;
  private volatile Runnable onClose = () -> {};

  /**
   * Has one user.
   *
   * @param state is closed after the last use, then {@code reserved}
   */
  LoadedArtefact(FittedState state, long bytes, Releasable reserved) {
    super("artefact");
    this.state = state;
    this.bytes = bytes;
    this.reserved = reserved;
  }

  /** Sets what runs after the last use. */
  void onClose(Runnable action) {
    onClose = action;
  }

  FittedState state() {
    return state;
  }

  long bytes() {
    return bytes;
  }

  @Override
  protected void closeInternal() {
    onClose.run();
    Releasables.close(state::close, reserved);
  }
}
