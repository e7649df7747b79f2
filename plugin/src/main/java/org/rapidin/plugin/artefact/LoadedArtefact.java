package org.rapidin.plugin.artefact;

import org.opensearch.common.lease.Releasable;
import org.opensearch.common.util.concurrent.AbstractRefCounted;
import org.rapidin.attribution.fitted.DampedInverse;

/** An artefact in memory, which gives its bytes back when nobody uses it any more. */
final class LoadedArtefact extends AbstractRefCounted {
  private final DampedInverse inverse;
  private final long bytes;
  private final Releasable reserved;
  private volatile Runnable onClose = () -> {};

  /**
   * Has one user.
   *
   * @param reserved is closed after the last use
   */
  LoadedArtefact(DampedInverse inverse, long bytes, Releasable reserved) {
    super("artefact");
    this.inverse = inverse;
    this.bytes = bytes;
    this.reserved = reserved;
  }

  /** Sets what runs after the last use. */
  void onClose(Runnable action) {
    onClose = action;
  }

  DampedInverse inverse() {
    return inverse;
  }

  long bytes() {
    return bytes;
  }

  @Override
  protected void closeInternal() {
    onClose.run();
    reserved.close();
  }
}
